import { isList, isObject } from "@/lib/payload/json";

/** What experiments can be grouped by. */
export interface GroupField {
  field: "dataset_id" | "tags" | "metadata";
  /** JSON path within the metadata. */
  key?: string;
}

/** Levels that groups can have. */
export const MAX_GROUP_LEVELS = 5;

/** Label that the server gives to groups whose dataset is gone. */
const DELETED = "__DELETED";

/** Value of the group of experiments that have no value. */
const EMPTY = "";

const WIRE_TYPES: Record<GroupField["field"], string> = { dataset_id: "string", tags: "list", metadata: "dictionary" };

/** Groups as the API takes them. */
export function groupsParam(fields: readonly GroupField[]): string {
  return JSON.stringify(fields.map(({ field, key }) => ({ field, type: WIRE_TYPES[field], ...(key ? { key } : {}) })));
}

/** Whether a value from the URL is a list of levels of groups. */
export function isGroupFields(value: unknown): value is GroupField[] {
  return isList(value) && value.length <= MAX_GROUP_LEVELS && value.every((entry) => isObject(entry) && typeof entry.field === "string" && entry.field in WIRE_TYPES && (entry.field !== "metadata" || (typeof entry.key === "string" && entry.key !== "")));
}

/** Name of a level of groups. */
export function groupFieldLabel({ field, key }: GroupField): string {
  if (field === "metadata") return key ?? "Metadata";
  return field === "tags" ? "Tag" : "Dataset";
}

/** A name with a value. */
export interface NamedValue {
  name: string;
  value: number;
}

/** Numbers about all experiments of a group. */
export interface GroupNumbers {
  experiments: number;
  traces: number | undefined;
  p50: number | undefined;
  p90: number | undefined;
  p99: number | undefined;
  cost: number | undefined;
  averageCost: number | undefined;
  passRate: number | undefined;
  scores: readonly NamedValue[];
  experimentScores: readonly NamedValue[];
}

/** A group of experiments. */
export interface GroupNode {
  /** Values from the outermost level to this one. */
  path: readonly string[];
  /** The path as one text, stable across reloads. */
  id: string;
  field: GroupField;
  label: string;
  /** Neither a value nor a dataset is behind it. */
  isPlaceholder: boolean;
  numbers: GroupNumbers | undefined;
  children: readonly GroupNode[];
}

/** The id of the group at a path. */
export function groupId(path: readonly string[]): string {
  return JSON.stringify(path);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function namedValues(value: unknown): NamedValue[] {
  return isList(value) ? value.flatMap((entry) => (isObject(entry) && typeof entry.name === "string" && typeof entry.value === "number" ? [{ name: entry.name, value: entry.value }] : [])) : [];
}

function numbersOf(node: unknown): GroupNumbers | undefined {
  const found = isObject(node) ? node.aggregations : undefined;
  if (!isObject(found)) return undefined;
  const duration = isObject(found.duration) ? found.duration : {};
  return {
    experiments: numberOf(found.experiment_count) ?? 0,
    traces: numberOf(found.trace_count),
    p50: numberOf(duration.p50),
    p90: numberOf(duration.p90),
    p99: numberOf(duration.p99),
    cost: numberOf(found.total_estimated_cost),
    averageCost: numberOf(found.total_estimated_cost_avg),
    passRate: numberOf(found.pass_rate_avg),
    scores: namedValues(found.feedback_scores),
    experimentScores: namedValues(found.experiment_scores),
  };
}

function labelOf(field: GroupField, value: string, label: unknown): { label: string; isPlaceholder: boolean } {
  if (label === DELETED) return { label: "Deleted dataset", isPlaceholder: true };
  if (value === EMPTY) return { label: field.field === "tags" ? "No tags" : field.field === "dataset_id" ? "No dataset" : `No ${field.key ?? "value"}`, isPlaceholder: true };
  return { label: typeof label === "string" && label !== "" ? label : value, isPlaceholder: false };
}

/**
 * The tree of groups from the two answers of the API: which groups there are, and their numbers. Datasets stand in the
 * order of their newest experiment, other groups by name (numbers in their own order); groups without a value are last.
 */
export function groupTree(tree: { content: unknown; details?: unknown }, numbers: { content: unknown }, fields: readonly GroupField[]): GroupNode[] {
  const details = isObject(tree.details) && isList(tree.details.groups_details) ? tree.details.groups_details : [];
  const orders = fields.map((field, level) => {
    const detail = details[level];
    const sorting = field.field === "dataset_id" && isObject(detail) && isList(detail.group_sorting) ? detail.group_sorting : [];
    return new Map(sorting.map((label, place) => [label, place]));
  });
  const nodesOf = (content: unknown, counted: unknown, level: number, parents: readonly string[]): GroupNode[] => {
    const field = fields[level];
    if (!field || !isObject(content)) return [];
    const nodes = Object.entries(content).map(([value, node]): GroupNode => {
      const path = [...parents, value];
      const numbersHere = isObject(counted) ? counted[value] : undefined;
      const { label, isPlaceholder } = labelOf(field, value, isObject(node) ? node.label : undefined);
      const children = nodesOf(isObject(node) ? node.groups : undefined, isObject(numbersHere) ? numbersHere.groups : undefined, level + 1, path);
      return { path, id: groupId(path), field, label, isPlaceholder, numbers: numbersOf(numbersHere), children };
    });
    const order = orders[level];
    const place = (node: GroupNode) => order?.get(node.label) ?? Number.MAX_SAFE_INTEGER;
    return nodes.sort((a, b) => Number(a.isPlaceholder) - Number(b.isPlaceholder) || place(a) - place(b) || a.label.localeCompare(b.label, undefined, { numeric: true }));
  };
  return nodesOf(tree.content, numbers.content, 0, []);
}

/** A condition as the API takes it. */
export interface WireFilter {
  field: string;
  type: string;
  operator: string;
  value: string;
  key?: string;
}

/** The conditions that only the experiments of a group meet. */
export function groupConditions(path: readonly string[], fields: readonly GroupField[]): WireFilter[] {
  return path.flatMap((value, level) => {
    const group = fields[level];
    if (!group) return [];
    const isEmpty = value === EMPTY;
    return [{ field: group.field, type: WIRE_TYPES[group.field], operator: isEmpty ? "is_empty" : "=", value, ...(group.key ? { key: group.key } : {}) }];
  });
}

/** Groups that contain experiments rather than groups. */
export function deepestGroups(nodes: readonly GroupNode[]): GroupNode[] {
  return nodes.flatMap((node) => (node.children.length > 0 ? deepestGroups(node.children) : [node]));
}

/** What is loaded of a deepest group. */
export interface GroupRows<Row> {
  rows: readonly Row[];
  total: number;
}

/** A row of the table of groups. */
export type TreeRow<Row> =
  | { kind: "group"; node: GroupNode; depth: number; isOpen: boolean }
  | { kind: "row"; row: Row; depth: number }
  | { kind: "loading"; id: string; depth: number }
  | { kind: "more"; id: string; depth: number; shown: number; total: number };

/** The rows that are visible when some groups are open, in their order. */
export function treeRows<Row>(nodes: readonly GroupNode[], open: ReadonlySet<string>, loaded: ReadonlyMap<string, GroupRows<Row>>, depth = 0): TreeRow<Row>[] {
  return nodes.flatMap((node): TreeRow<Row>[] => {
    const isOpen = open.has(node.id);
    const head: TreeRow<Row> = { kind: "group", node, depth, isOpen };
    if (!isOpen) return [head];
    if (node.children.length > 0) return [head, ...treeRows(node.children, open, loaded, depth + 1)];
    const here = loaded.get(node.id);
    if (!here) return [head, { kind: "loading", id: node.id, depth: depth + 1 }];
    const rows = here.rows.map((row): TreeRow<Row> => ({ kind: "row", row, depth: depth + 1 }));
    return here.rows.length < here.total ? [head, ...rows, { kind: "more", id: node.id, depth: depth + 1, shown: here.rows.length, total: here.total }] : [head, ...rows];
  });
}
