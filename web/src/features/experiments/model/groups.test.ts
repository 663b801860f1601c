import { describe, expect, it } from "vitest";
import { deepestGroups, type GroupField, groupConditions, groupId, groupsParam, groupTree, isGroupFields, treeRows } from "./groups";

const fields: GroupField[] = [{ field: "dataset_id" }, { field: "metadata", key: "model" }];
const tree = {
  content: {
    d1: { label: "Old", groups: { "model-10": { groups: {} }, "": { groups: {} }, "model-9": { groups: {} } } },
    d2: { label: "__DELETED", groups: {} },
    d3: { label: "New", groups: { m: { groups: {} } } },
  },
  details: { groups_details: [{ group_sorting: ["New", "__DELETED", "Old"] }, { group_sorting: ["model-10", "", "model-9", "m"] }] },
};
const numbers = {
  content: {
    d1: {
      label: "Old",
      aggregations: { experiment_count: 3, trace_count: 30, duration: { p50: 5 }, feedback_scores: [{ name: "accuracy", value: 0.5 }], pass_rate_avg: 0.25 },
      groups: { "model-9": { label: "model-9", aggregations: { experiment_count: 1 }, groups: {} } },
    },
  },
};
const nodes = groupTree(tree, numbers, fields);

describe("groupTree", () => {
  it("orders datasets by their newest experiment, and what is deleted last", () => {
    expect(nodes.map((node) => node.label)).toEqual(["New", "Old", "Deleted dataset"]);
  });
  it("orders other groups by name, numbers by their size, and the empty group last", () => {
    expect(nodes[1]?.children.map((node) => node.label)).toEqual(["model-9", "model-10", "No model"]);
  });
  it("takes the numbers of each group from the other answer", () => {
    expect(nodes[1]?.numbers).toMatchObject({ experiments: 3, traces: 30, p50: 5, passRate: 0.25, scores: [{ name: "accuracy", value: 0.5 }] });
    expect(nodes[1]?.children[0]?.numbers?.experiments).toBe(1);
    expect(nodes[0]?.numbers).toBeUndefined();
  });
  it("survives answers of another shape", () => {
    expect(groupTree({ content: null }, { content: 3 }, fields)).toEqual([]);
    expect(groupTree({ content: { a: 1 } }, { content: {} }, fields)).toMatchObject([{ label: "a", children: [] }]);
  });
});

describe("groupConditions", () => {
  it("asks for the value of each level, and for emptiness", () => {
    expect(groupConditions(["d1", ""], fields)).toEqual([
      { field: "dataset_id", type: "string", operator: "=", value: "d1" },
      { field: "metadata", type: "dictionary", operator: "is_empty", value: "", key: "model" },
    ]);
  });
});

describe("treeRows", () => {
  it("shows the inside of open groups only", () => {
    expect(treeRows(nodes, new Set(), new Map()).map((row) => row.kind)).toEqual(["group", "group", "group"]);
    const rows = treeRows(nodes, new Set([groupId(["d1"]), groupId(["d1", "model-9"]), groupId(["d1", "model-10"])]), new Map([[groupId(["d1", "model-9"]), { rows: ["x", "y"], total: 5 }]]));
    expect(rows.map((row) => `${row.depth} ${row.kind}`)).toEqual(["0 group", "0 group", "1 group", "2 row", "2 row", "2 more", "1 group", "2 loading", "1 group", "0 group"]);
  });
  it("finds the groups that hold experiments", () => {
    expect(deepestGroups(nodes).map((node) => node.id)).toEqual([["d3", "m"], ["d1", "model-9"], ["d1", "model-10"], ["d1", ""], ["d2"]].map(groupId));
  });
});

describe("the URL", () => {
  it("takes only known levels, five at most", () => {
    expect(isGroupFields(fields)).toBe(true);
    expect(isGroupFields([{ field: "metadata" }])).toBe(false);
    expect(isGroupFields([{ field: "name" }])).toBe(false);
    expect(isGroupFields(Array.from({ length: 6 }, () => ({ field: "tags" })))).toBe(false);
  });
  it("is written with the types that the API wants", () => {
    expect(JSON.parse(groupsParam(fields))).toEqual([
      { field: "dataset_id", type: "string" },
      { field: "metadata", type: "dictionary", key: "model" },
    ]);
  });
});
