import { describe, expect, it } from "vitest";
import { pathOf } from "./entities";
import { targetsOf } from "./links";

describe("targetsOf", () => {
  it("asks for the experiment first and for its dataset when that is gone", () => {
    expect(targetsOf("experiments", "d1/compare", { experiments: '["e1","e2"]' })).toEqual([
      { kind: "experiment", id: "e1" },
      { kind: "dataset", id: "d1" },
    ]);
  });
  it("survives a list that is not one", () => {
    expect(targetsOf("experiments", "d1/compare", { experiments: "[broken" })).toEqual([{ kind: "dataset", id: "d1" }]);
  });
  it("finds nothing in the link of a list", () => {
    expect(targetsOf("prompts", "", {})).toEqual([]);
  });
});

describe("pathOf", () => {
  it("opens an experiment as a comparison of one", () => {
    expect(pathOf({ kind: "experiment", id: "e", name: "", projectId: "p", datasetId: "d" }, "default", undefined)).toBe("/default/projects/p/experiments/d/compare?experiments=%5B%22e%22%5D");
  });
  it("uses the open project for things without one", () => {
    expect(pathOf({ kind: "prompt", id: "x", name: "", projectId: undefined }, "default", "p")).toBe("/default/projects/p/prompts/x");
  });
  it("leads to the projects when there is none", () => {
    expect(pathOf({ kind: "prompt", id: "x", name: "", projectId: undefined }, "default", undefined)).toBe("/default/projects");
  });
  it("keeps every character of a thread's id", () => {
    expect(pathOf({ kind: "thread", id: "a&b #/1", name: "", projectId: "p" }, "default", undefined)).toContain("thread=a%26b%20%23%2F1");
  });
});
