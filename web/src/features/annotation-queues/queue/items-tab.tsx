import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Inbox, ListMinus, X } from "lucide-react";
import { useMemo, useState } from "react";
import { useWorkspace } from "@/app/workspace";
import { HighlightProvider } from "@/components/cells";
import { ColumnChooser, type DataColumn, DataTable, ROW_HEIGHTS, RowHeightMenu, type SortKey, useColumnLayout, usePagedRows } from "@/components/data-table";
import { Button, IconButton } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/search-input";
import { EmptyState, ErrorState, NoMatches } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { EntityPanels } from "@/features/traces/panel/entity-panels";
import { useTruncation } from "@/features/workspaces/api";
import { plural } from "@/lib/format";
import { textCodec, useSetUrlQuery, useUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { type AnnotationQueue, fetchQueueThreads, fetchQueueTraces, queueKeys, type QueuePageOptions, removeQueueItems, type Thread, type Trace } from "../api";
import { setPending, withoutPending } from "../pending";
import { sortingCodec } from "@/lib/sorting";
import { threadColumns, traceColumns } from "./columns";

const PAGE_SIZE = 100;
const NO_SORTING: SortKey[] = [];
const heightCodec = wordCodec(ROW_HEIGHTS);
const UNLISTED = ["metadata", "usage", "span_feedback_scores", "guardrails_validations"];

const idOfTrace = (trace: Trace) => trace.id;
const keyOfTrace = (trace: Trace) => trace.id;
const idOfThread = (thread: Thread) => thread.thread_model_id;
const keyOfThread = (thread: Thread) => thread.id;
const fetchTraces = (options: QueuePageOptions) => fetchQueueTraces({ ...options, exclude: UNLISTED });

/** The traces or threads that a queue holds. */
export function ItemsTab({ queue }: { queue: AnnotationQueue }) {
  const traces = useMemo(() => traceColumns(queue), [queue]);
  const threads = useMemo(() => threadColumns(queue), [queue]);
  return queue.scope === "trace" ? (
    <ItemsTable queue={queue} columns={traces} fetchPage={fetchTraces} idOf={idOfTrace} keyOf={keyOfTrace} />
  ) : (
    <ItemsTable queue={queue} columns={threads} fetchPage={fetchQueueThreads} idOf={idOfThread} keyOf={keyOfThread} />
  );
}

interface ItemsTableProps<Row> {
  queue: AnnotationQueue;
  columns: readonly DataColumn<Row>[];
  fetchPage: (options: QueuePageOptions) => Promise<{ content: Row[]; total: number }>;
  /** Id in the queue. */
  idOf: (row: Row) => string;
  /** Id in links. */
  keyOf: (row: Row) => string;
}

function ItemsTable<Row>({ queue, columns, fetchPage, idOf, keyOf }: ItemsTableProps<Row>) {
  const { scope } = queue;
  const workspace = useWorkspace();
  const client = useQueryClient();
  const setQuery = useSetUrlQuery();
  const openKey = useUrlQuery()[scope];
  const [search, setSearch] = useUrlState(`${scope}_search`, textCodec, "");
  const [sorting, setSorting] = useUrlState(`${scope}_sorting`, sortingCodec, NO_SORTING);
  const [height, setHeight] = useUrlState(`${scope}_height`, heightCodec, "small");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const layout = useColumnLayout(`annotation-queue-${scope}s`, columns);
  const noun = scope === "trace" ? "trace" : "thread";
  const truncate = useTruncation();
  const rows = usePagedRows<Row>({
    queryKey: [...queueKeys.rows(queue.id, search, sorting), truncate],
    pageSize: PAGE_SIZE,
    fetchPage: async (page, size, signal) => withoutPending(await fetchPage({ queue, page, size, search, sorting, truncate, signal }), idOf),
  });

  const removeSelected = () => {
    const ids = [...selected];
    const refresh = () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "annotation-queues" && queryKey.includes(queue.id) });
    setPending(ids, true);
    setSelected(new Set());
    void refresh();
    toast.undoable(`Removed ${plural(ids.length, noun)} from the queue`, {
      undo: () => {
        setPending(ids, false);
        void refresh();
      },
      commit: () => {
        removeQueueItems(queue.id, ids)
          .catch((error: unknown) => toast.bad(`Could not remove the ${noun}s`, error))
          .finally(() => {
            setPending(ids, false);
            void refresh();
          });
      },
    });
  };

  const open = (row: Row | undefined) => row && setQuery({ [scope]: keyOf(row) });
  const openIndex = openKey === undefined ? -1 : indexOfKey(rows.rowCount, (index) => rows.rowAt(index), (row) => keyOf(row) === openKey);
  const openRow = openIndex < 0 ? undefined : rows.rowAt(openIndex);
  const before = openIndex > 0 ? rows.rowAt(openIndex - 1) : undefined;
  const after = openIndex >= 0 ? rows.rowAt(openIndex + 1) : undefined;
  return (
    <>
      <div className="flex min-h-12 flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2 max-md:px-3">
        {selected.size > 0 ? (
          <div role="toolbar" aria-label={`Selected ${noun}s`} className="flex min-h-8 items-center gap-2">
            <span className="text-sm font-medium">{plural(selected.size, noun)} selected</span>
            <Button size="sm" onClick={removeSelected}>
              <ListMinus /> Remove from queue
            </Button>
            <IconButton label="Select nothing" onClick={() => setSelected(new Set())}>
              <X />
            </IconButton>
          </div>
        ) : (
          <SearchInput label={`Search ${noun}s`} value={search} onValueChange={setSearch} />
        )}
        <div className="ms-auto flex gap-1.5">
          <RowHeightMenu height={height} onHeightChange={setHeight} />
          <ColumnChooser columns={columns} control={layout} />
        </div>
      </div>
      {rows.error ? (
        <ErrorState title="The items could not be loaded" error={rows.error} onRetry={() => void rows.refetch()} />
      ) : (
        <HighlightProvider text={search}>
          <DataTable
            label={`${scope === "trace" ? "Traces" : "Threads"} in the queue`}
            columns={columns}
            layout={layout}
            rowCount={rows.rowCount}
            rowAt={rows.rowAt}
            rowId={idOf}
            onVisibleRange={rows.onVisibleRange}
            onOpen={open}
            activeId={openRow === undefined ? undefined : idOf(openRow)}
            selection={{ ids: selected, onChange: setSelected }}
            sorting={sorting}
            onSortingChange={setSorting}
            height={height}
            isLoading={rows.isLoading}
            isStale={rows.isStale}
            empty={
              search ? (
                <NoMatches what={`${noun}s`} onClear={() => setSearch("")} />
              ) : (
                <EmptyState
                  icon={<Inbox />}
                  title="The queue is empty"
                  action={
                    <Button asChild variant="primary">
                      <Link to={`/${workspace}/projects/${queue.project_id}/logs`} search={{ logsType: `${scope}s` }}>
                        Open the logs
                      </Link>
                    </Button>
                  }
                >
                  Select {noun}s in the logs and add them to “{queue.name}”, or add them with the SDK.
                </EmptyState>
              )
            }
          />
        </HighlightProvider>
      )}
      <EntityPanels projectId={queue.project_id} neighbours={{ previous: before === undefined ? undefined : () => open(before), next: after === undefined ? undefined : () => open(after) }} />
    </>
  );
}

function indexOfKey<Row>(count: number, rowAt: (index: number) => Row | undefined, isIt: (row: Row) => boolean): number {
  for (let index = 0; index < count; index += 1) {
    const row = rowAt(index);
    if (row !== undefined && isIt(row)) return index;
  }
  return -1;
}
