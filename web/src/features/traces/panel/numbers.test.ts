import { describe, expect, it } from "vitest";
import { formatSmallCost } from "./numbers";

describe("formatSmallCost", () => {
  it("tells prices of calls apart", () => {
    expect(formatSmallCost(0.006_123)).toBe("$0.0061");
    expect(formatSmallCost(0.000_42)).toBe("$0.00042");
    expect(formatSmallCost(0.000_001)).toBe("<$0.00001");
    expect(formatSmallCost(1.239)).toBe("$1.23");
  });
});
