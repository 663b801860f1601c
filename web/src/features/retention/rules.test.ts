import { expect, it } from "vitest";
import { cutoffOf, inOrder, type RetentionRule } from "./rules";

it("counts whole days back from the start of today in UTC", () => {
  const now = new Date("2026-03-01T23:30:00Z");
  expect(cutoffOf("short_14d", now)?.toISOString()).toBe("2026-02-15T00:00:00.000Z");
  expect(cutoffOf("base_60d", now)?.toISOString()).toBe("2025-12-31T00:00:00.000Z");
  expect(cutoffOf("unlimited", now)).toBeUndefined();
});

it("puts the rule that counts first", () => {
  const rule = (id: string, level: RetentionRule["level"], enabled = true): RetentionRule => ({
    id,
    level,
    enabled,
    workspace_id: "w",
    retention: "base_60d",
    apply_to_past: true,
    catch_up_done: true,
    created_at: "2026-01-01T00:00:00Z",
    created_by: "",
    last_updated_at: "",
    last_updated_by: "",
  });
  const rules = [rule("old", "project", false), rule("workspace", "workspace"), rule("organization", "organization"), rule("project", "project")];
  expect(inOrder(rules).map(({ id }) => id)).toEqual(["project", "workspace", "organization", "old"]);
});
