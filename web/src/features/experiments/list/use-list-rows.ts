import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { type SortKey, usePagedRows } from "@/components/data-table";
import { type Experiment, EXPERIMENTS_KEY, type ExperimentScope, fetchExperiments, groupsQuery, LIST_INTERVAL } from "../api";
import { deepestGroups, groupConditions, type GroupField, type GroupNode, type GroupRows, groupsParam, groupTree, treeRows } from "../model/groups";
import type { ListRow } from "./list-columns";

/** Experiments per request of the plain list. */
const PAGE = 50;

/** Experiments of a group that are shown at first, and added by "show more". */
export const GROUP_PAGE = 100;

/** Groups whose experiments are loaded at once; more would be too many repeated requests. */
export const MAX_OPEN_GROUPS = 5;

/** The plain list: pages of experiments. */
export function usePlainRows(scope: ExperimentScope, sorting: readonly SortKey[], hidden: ReadonlySet<string>, enabled: boolean) {
  const rows = usePagedRows<Experiment>({
    queryKey: [...EXPERIMENTS_KEY, "list", scope, sorting],
    fetchPage: (page, size, signal) => fetchExperiments(scope, sorting, page, size, signal),
    pageSize: PAGE,
    refetchInterval: LIST_INTERVAL,
    enabled,
  });
  const { rowCount, rowAt: experimentAt } = rows;
  // Deleted ones are few and on loaded pages: their places close up.
  const places = useMemo(() => {
    if (hidden.size === 0) return undefined;
    const kept: number[] = [];
    for (let index = 0; index < rowCount; index += 1) {
      const experiment = experimentAt(index);
      if (!experiment || !hidden.has(experiment.id)) kept.push(index);
    }
    return kept;
  }, [experimentAt, hidden, rowCount]);
  const rowAt = useCallback(
    (index: number): ListRow | undefined => {
      const experiment = experimentAt(places ? (places[index] ?? -1) : index);
      return experiment && { kind: "row", row: experiment, depth: 0 };
    },
    [experimentAt, places],
  );
  return { ...rows, rowCount: places?.length ?? rowCount, rowAt };
}

interface GroupOptions {
  scope: ExperimentScope;
  fields: readonly GroupField[];
  sorting: readonly SortKey[];
  /** Ids of groups that are open; `undefined` leaves the choice to the list. */
  open: ReadonlySet<string> | undefined;
  /** Experiments to load by group, where it is more than a page. */
  limits: Readonly<Record<string, number>>;
  hidden: ReadonlySet<string>;
}

function allGroups(nodes: readonly GroupNode[]): GroupNode[] {
  return nodes.flatMap((node) => [node, ...allGroups(node.children)]);
}

/** Groups that are open until somebody has opened or closed one: the outer ones, and the inner ones if they are few. */
function openByDefault(nodes: readonly GroupNode[]): ReadonlySet<string> {
  const deepest = deepestGroups(nodes);
  const inner = new Set(deepest.map(({ id }) => id));
  const outer = allGroups(nodes).filter(({ id }) => !inner.has(id));
  return new Set([...outer, ...(deepest.length <= MAX_OPEN_GROUPS ? deepest : deepest.slice(0, 1))].map(({ id }) => id));
}

/** The list as a tree of groups. */
export function useGroupedRows({ scope, fields, sorting, open, limits, hidden }: GroupOptions) {
  const enabled = fields.length > 0;
  const groups = useQuery({ ...groupsQuery(scope, groupsParam(fields)), enabled });
  const nodes = useMemo(() => (groups.data ? groupTree(groups.data.tree, groups.data.numbers, fields) : []), [groups.data, fields]);
  const openIds = useMemo(() => open ?? openByDefault(nodes), [open, nodes]);
  const wanted = useMemo(() => deepestGroups(nodes).filter(({ id }) => openIds.has(id)).slice(0, MAX_OPEN_GROUPS), [nodes, openIds]);
  const loaded = useQueries({
    queries: wanted.map((node) => {
      const own = groupConditions(node.path, fields);
      const conditions: unknown[] = scope.filters ? [...(JSON.parse(scope.filters) as unknown[]), ...own] : own;
      const size = limits[node.id] ?? GROUP_PAGE;
      const inner: ExperimentScope = { ...scope, filters: JSON.stringify(conditions) };
      return {
        queryKey: [...EXPERIMENTS_KEY, "group-rows", inner, sorting, size],
        queryFn: ({ signal }: { signal: AbortSignal }) => fetchExperiments(inner, sorting, 1, size, signal),
        refetchInterval: LIST_INTERVAL,
      };
    }),
    combine: (results) => results.map(({ data }) => data),
  });
  const rows = useMemo(() => {
    const byGroup = new Map<string, GroupRows<Experiment>>();
    wanted.forEach((node, place) => {
      const page = loaded[place];
      if (!page) return;
      const kept = page.content.filter(({ id }) => !hidden.has(id));
      byGroup.set(node.id, { rows: kept, total: page.total - (page.content.length - kept.length) });
    });
    return treeRows(nodes, openIds, byGroup);
  }, [nodes, openIds, wanted, loaded, hidden]);
  const rowAt = useCallback((index: number): ListRow | undefined => rows[index], [rows]);
  return {
    rowAt,
    rowCount: rows.length,
    rows,
    openIds,
    /** Open groups that hold experiments. */
    openDeepest: wanted.length,
    deepest: useMemo(() => new Set(deepestGroups(nodes).map(({ id }) => id)), [nodes]),
    isLoading: groups.isPending && enabled,
    isStale: groups.isPlaceholderData,
    error: groups.data ? null : groups.error,
    refetch: groups.refetch,
  };
}
