import { describe, expect, it } from "vitest";
import { MAX_PAGES_KEPT, pagesToDrop } from "./use-later-pages";

const pages = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("pages of a long list", () => {
  it("are all kept while they are few", () => {
    expect(pagesToDrop(pages(MAX_PAGES_KEPT), 1, 1)).toEqual([]);
  });
  it("are dropped where they are farthest from the screen, but never the first", () => {
    const dropped = pagesToDrop(pages(MAX_PAGES_KEPT + 3), MAX_PAGES_KEPT, MAX_PAGES_KEPT + 1);
    expect(dropped.toSorted((a, b) => a - b)).toEqual([2, 3, 4]);
    expect(pagesToDrop(pages(1000), 500, 502)).toHaveLength(1000 - MAX_PAGES_KEPT);
    expect(pagesToDrop(pages(1000), 500, 502)).not.toContain(501);
  });
});
