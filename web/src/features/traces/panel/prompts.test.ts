import { describe, expect, it } from "vitest";
import { usedPrompts } from "./prompts";

describe("usedPrompts", () => {
  it("reads what SDKs log", () => {
    const [prompt] = usedPrompts({ opik_prompts: [{ id: "p", name: "greet", version: { id: "v", commit: "abc", template: "Hi {{name}}" } }] });
    expect(prompt).toMatchObject({ id: "p", name: "greet", versionId: "v", commit: "abc", template: "Hi {{name}}" });
  });

  it("survives other shapes", () => {
    expect(usedPrompts(null)).toEqual([]);
    expect(usedPrompts({ opik_prompts: "x" })).toEqual([]);
    expect(usedPrompts({ opik_prompts: [1, null, {}] })).toHaveLength(1);
  });
});
