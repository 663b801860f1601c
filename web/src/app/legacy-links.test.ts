import { describe, expect, it } from "vitest";
import { legacyTarget, workspacePath } from "./legacy-links";

describe("workspacePath", () => {
  it("leaves the workspace of this server alone", () => {
    expect(workspacePath("default", "/default/projects")).toBeUndefined();
  });
  it("keeps the rest of a path in another workspace", () => {
    expect(workspacePath("acme corp", "/acme%20corp/projects/1/logs")).toBe("/default/projects/1/logs");
  });
  it("adds the workspace to a path that has none", () => {
    expect(workspacePath("projects", "/projects/1/logs")).toBe("/default/projects/1/logs");
  });
});

describe("legacyTarget", () => {
  it("forwards what SDKs' links name", () => {
    expect(legacyTarget({ tab: "logs", logsType: "traces", trace: "1" })).toEqual({ section: "logs", query: { logsType: "traces", trace: "1" } });
  });
  it("takes the kind of logs from the older key", () => {
    expect(legacyTarget({ type: "threads", thread: "a&b" })).toEqual({ section: "logs", query: { logsType: "threads", thread: "a&b" } });
  });
  it.each([
    ["annotation-queues", "annotation-queues"],
    ["configuration", "prompts"],
    ["metrics", "metrics"],
    ["insights", "dashboards"],
    ["anything", "logs"],
  ])("leads the tab %s to %s", (tab, section) => {
    expect(legacyTarget({ tab, size: "10" })).toEqual({ section, query: { size: "10" } });
  });
});
