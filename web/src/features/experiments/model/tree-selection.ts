import type { TreeRow } from "./groups";

/** Begin of the row ids of groups, which are no ids of experiments. */
export const GROUP_PREFIX = "group:";

type Rows = readonly TreeRow<{ id: string }>[];

/** The experiments that stand under each group, as far as they are shown. */
function membersOf(rows: Rows): Map<string, string[]> {
  const members = new Map<string, string[]>();
  const open: { depth: number; list: string[] }[] = [];
  for (const row of rows) {
    while ((open.at(-1)?.depth ?? -1) >= row.depth) open.pop();
    if (row.kind === "group") {
      const list: string[] = [];
      members.set(GROUP_PREFIX + row.node.id, list);
      open.push({ depth: row.depth, list });
    } else if (row.kind === "row") for (const { list } of open) list.push(row.row.id);
  }
  return members;
}

/** Selected experiments, and the groups that are selected as a whole. */
export function withGroups(rows: Rows, selected: ReadonlySet<string>): ReadonlySet<string> {
  if (rows.length === 0 || selected.size === 0) return selected;
  const whole = [...membersOf(rows)].filter(([, members]) => members.length > 0 && members.every((id) => selected.has(id)));
  return new Set([...selected, ...whole.map(([id]) => id)]);
}

/** Experiments that are selected after a change in which groups stand for their members. */
export function withoutGroups(rows: Rows, before: ReadonlySet<string>, next: ReadonlySet<string>): ReadonlySet<string> {
  const selected = new Set([...next].filter((id) => !id.includes(":")));
  for (const [group, members] of membersOf(rows)) {
    if (next.has(group) && !before.has(group)) members.forEach((id) => selected.add(id));
    else if (!next.has(group) && before.has(group) && members.every((id) => next.has(id))) members.forEach((id) => selected.delete(id));
  }
  return selected;
}
