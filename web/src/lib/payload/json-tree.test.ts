import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { deeplyNested, randomJson, seeded, SLOW_TEST, within } from "./testing";
import {
  CHILD_PAGE,
  childPath,
  filterOfPath,
  formatJson,
  formatPath,
  parsePath,
  pathOfFilter,
  searchTree,
  toYaml,
  treeRows,
  valueAt,
  type TreeState,
} from "./json-tree";

function state(openDepth: number, rest: Partial<TreeState> = {}): TreeState {
  return { openDepth, expanded: new Set(), collapsed: new Set(), ...rest };
}

const sample = { messages: [{ role: "user", content: "Hi" }], temperature: 0.2, stop: null, empty: {}, "a.b": true };

describe("paths", () => {
  it.each<[string, (string | number)[]]>([
    ["a", ["a"]],
    ["a.b[0]", ["a", "b", 0]],
    ["$.a['x y']", ["a", "x y"]],
    ["$", []],
    ["", []],
    ["[2].c", [2, "c"]],
    ["['it\\'s']", ["it's"]],
    ['a["x.y"].z', ["a", "x.y", "z"]],
    ["$price", ["$price"]],
    ["größe.ö", ["größe", "ö"]],
  ])("reads %s", (path, segments) => {
    expect(parsePath(path)).toEqual(segments);
  });

  it.each(["a..b", "a.", "[*]", "a.*", "[x]", "[1", "['x]", "a[]", "[-1]", "a]b[", "[0]x"])("does not read %s", (path) => {
    expect(parsePath(path)).toBeNull();
  });

  it("writes what it reads, for any names", () => {
    const names = ["a", "a.b", "it's", "back\\slash", "", "[0]", "$", "$.x", "*", "x y", " x", '"q"', "ключ", "0", "__proto__"];
    for (const first of names) {
      for (const second of [...names, 0, 17]) {
        const path = formatPath([first, second]);
        expect(parsePath(path), path).toEqual([first, second]);
      }
    }
  });

  it("makes filter keys and reads them back", () => {
    expect(filterOfPath("input", "messages[0].content")).toEqual({ field: "custom", key: "input.messages[0].content" });
    expect(filterOfPath("output", "[0].x")).toEqual({ field: "custom", key: "output[0].x" });
    expect(filterOfPath("output", "")).toEqual({ field: "custom", key: "output" });
    expect(filterOfPath("metadata", "a.b")).toEqual({ field: "metadata", key: "a.b" });
    for (const section of ["input", "output", "metadata"] as const) {
      for (const path of ["a.b[0]", "", "['a.b'].c", "[3]"]) {
        expect(pathOfFilter(filterOfPath(section, path))).toEqual({ section, path });
      }
    }
    expect(pathOfFilter({ field: "custom", key: "tags[0]" })).toBeNull();
    expect(pathOfFilter({ field: "custom", key: "$.output[0].x" })).toEqual({ section: "output", path: "[0].x" });
  });

  it("follows paths without touching prototypes", () => {
    expect(valueAt(sample, "messages[0].content")).toBe("Hi");
    expect(valueAt(sample, "['a.b']")).toBe(true);
    expect(valueAt(sample, "constructor")).toBeUndefined();
    expect(valueAt(sample, "messages.length")).toBeUndefined();
    expect(valueAt(sample, "a..b")).toBeUndefined();
    expect(valueAt(sample, "")).toBe(sample);
  });
});

describe("treeRows", () => {
  it("shows only what is open", () => {
    expect(treeRows(sample, state(0)).rows.map((row) => row.id)).toEqual([""]);
    expect(treeRows(sample, state(1)).rows.map((row) => row.id)).toEqual([
      "",
      "messages",
      "temperature",
      "stop",
      "empty",
      "['a.b']",
    ]);
    const opened = treeRows(sample, state(1, { expanded: new Set(["messages"]) })).rows;
    expect(opened.map((row) => row.id).slice(1, 3)).toEqual(["messages", "messages[0]"]);
    expect(treeRows(sample, state(9, { collapsed: new Set([""]) })).rows).toHaveLength(1);
  });

  it("describes values", () => {
    const rows = new Map(treeRows(sample, state(9)).rows.map((row) => [row.id, row]));
    expect(rows.get("messages")).toMatchObject({ kind: "array", size: 1, isExpanded: true, depth: 1, key: "messages" });
    expect(rows.get("messages[0]")).toMatchObject({ kind: "object", size: 2, preview: '{ role: "user", content: "Hi" }' });
    expect(rows.get("temperature")).toMatchObject({ kind: "number", preview: "0.2", isExpandable: false });
    expect(rows.get("stop")).toMatchObject({ kind: "null", preview: "null" });
    expect(rows.get("empty")).toMatchObject({ kind: "object", preview: "{}", isExpandable: false });
    expect(treeRows("x".repeat(5000), state(0)).rows[0]).toMatchObject({ kind: "string", size: 5000, isCut: true });
  });

  it("does not cut a preview inside a character", () => {
    const [row] = treeRows("x".repeat(199) + "😀 tail", state(0)).rows;
    expect(row?.preview).toBe(`"${"x".repeat(199)}…"`);
  });

  it("pages long containers", () => {
    const list = Array.from({ length: 100_000 }, (_, index) => index);
    const { rows } = within(50, () => treeRows(list, state(1)));
    expect(rows).toHaveLength(CHILD_PAGE + 2);
    expect(rows.at(-1)).toMatchObject({ kind: "more", size: 100_000 - CHILD_PAGE });
    expect(treeRows(list, state(1, { shown: new Map([["", 1000]]) })).rows).toHaveLength(1002);
    expect(treeRows(list, state(1, { shown: new Map([["", 1000]]) }), 10)).toMatchObject({ cut: true });
  });

  it("survives deep nesting", () => {
    const { rows } = within(50, () => treeRows(deeplyNested(10_000), state(Infinity)));
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.at(-1)?.isExpandable).toBe(false);
  });

  it("gives every row an id that leads to its value", () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const value = randomJson(seeded(seed));
      const { rows } = treeRows(value, state(Infinity));
      expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
      for (const row of rows) {
        if (row.kind === "more") continue;
        const found = valueAt(value, row.id);
        if (row.kind === "object" || row.kind === "array") expect(typeof found).toBe("object");
        else if (row.kind === "string") expect(typeof found).toBe("string");
        else expect(String(found)).toBe(row.preview);
      }
    }
  });
});

describe("searchTree", () => {
  it("finds keys and values with their ancestors", () => {
    const found = searchTree(sample, "HI");
    expect(found.matches).toEqual([{ id: "messages[0].content", inKey: false, inValue: true }]);
    expect([...found.ancestors].sort()).toEqual(["", "messages", "messages[0]"]);
    expect(searchTree(sample, "temp").matches).toEqual([{ id: "temperature", inKey: true, inValue: false }]);
    expect(searchTree(sample, "").matches).toEqual([]);
    expect(searchTree(sample, "(.*").matches).toEqual([]);
  });

  it("returns matches in the order of the rows", () => {
    const value = { b: ["x1", { c: "x2" }], a: "x3", x4: 0 };
    expect(searchTree(value, "x").matches.map((match) => match.id)).toEqual(["b[0]", "b[1].c", "a", "x4"]);
  });

  it("makes every match visible when its ancestors are open", () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const value = randomJson(seeded(seed));
      const { matches, ancestors } = searchTree(value, "a");
      const visible = new Set(treeRows(value, state(0, { expanded: ancestors })).rows.map((row) => row.id));
      for (const match of matches) expect(visible.has(match.id)).toBe(true);
    }
  });

  it("is bounded", () => {
    within(80, () => searchTree("abc ".repeat(1_250_000), "zzz"));
    const deep = within(50, () => searchTree(deeplyNested(10_000), "leaf"));
    expect(deep.isCut).toBe(true);
    const wide = Array.from({ length: 300_000 }, () => "hit");
    expect(within(100, () => searchTree(wide, "hit"))).toMatchObject({ isCut: true });
  }, SLOW_TEST);
});

describe("written values", () => {
  it("writes JSON and YAML that read back", () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const value = randomJson(seeded(seed));
      expect(JSON.parse(formatJson(value).text)).toEqual(value);
      expect(parse(toYaml(value).text)).toEqual(value);
    }
  });

  it("keeps dangerous keys as keys", () => {
    const value: unknown = JSON.parse('{"__proto__":{"x":1},"list":' + "[".repeat(300) + "]".repeat(300) + "}");
    expect(formatJson(value).text).toContain('"__proto__"');
    expect(formatJson(value).isCut).toBe(true);
  });

  it("is bounded and says what was left out", () => {
    const long = within(150, () => formatJson("x".repeat(10_000_000)));
    expect(long.isCut).toBe(true);
    expect(long.text).toContain("2000000 more characters");
    expect(within(50, () => formatJson(deeplyNested(10_000))).isCut).toBe(true);
    const rows = Array.from({ length: 50_000 }, (_, id) => ({ id, name: `row ${id}` }));
    const yaml = within(400, () => toYaml(rows));
    expect(yaml.isCut).toBe(true);
    expect(yaml.text).toMatch(/more items/);
    expect(within(200, () => toYaml("line\n".repeat(1_000_000))).isCut).toBe(true);
    expect(within(100, () => toYaml(deeplyNested(10_000))).isCut).toBe(true);
  }, SLOW_TEST);

  it("writes nothing for undefined", () => {
    expect(formatJson(undefined)).toEqual({ text: "", isCut: false });
    expect(toYaml(undefined)).toEqual({ text: "", isCut: false });
  });
});

describe("childPath", () => {
  it("quotes only what needs it", () => {
    expect(childPath("", "a-b c")).toBe("a-b c");
    expect(childPath("x", "gen_ai.prompt")).toBe("x['gen_ai.prompt']");
  });
});
