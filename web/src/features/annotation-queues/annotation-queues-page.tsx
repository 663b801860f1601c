import { Link, useNavigate } from "@tanstack/react-router";
import { ClipboardCheck, Ellipsis, Highlighter, Link2, Pencil, Plus, Trash2, X } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { Page } from "@/app/page";
import { useWorkspace } from "@/app/workspace";
import { ColumnChooser, type DataColumn, DataTable, ROW_HEIGHTS, RowHeightMenu, type SortKey, useColumnLayout, usePagedRows } from "@/components/data-table";
import { Button, IconButton } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { SearchInput } from "@/components/ui/search-input";
import { EmptyState, ErrorState, NoMatches } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { useProject } from "@/features/projects/project-context";
import { plural } from "@/lib/format";
import { textCodec, useUrlState, wordCodec } from "@/lib/url-state";
import { type AnnotationQueue, fetchQueues, queueKeys } from "./api";
import { QUEUE_COLUMNS } from "./list/columns";
import { QueueDialog } from "./list/queue-dialog";
import { copyReviewLink } from "./list/share";
import { useDeleteQueues } from "./list/use-delete-queues";
import { withoutPending } from "./pending";
import { sortingCodec } from "@/lib/sorting";

const PAGE_SIZE = 50;
const NEWEST_CHANGE: SortKey[] = [{ field: "last_updated_at", direction: "DESC" }];
const heightCodec = wordCodec(ROW_HEIGHTS);
const idOf = (queue: AnnotationQueue) => queue.id;

/** The annotation queues of a project. */
export function AnnotationQueuesPage() {
  const project = useProject();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [sorting, setSorting] = useUrlState("sorting", sortingCodec, NEWEST_CHANGE);
  const [height, setHeight] = useUrlState("height", heightCodec, "small");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<{ queue?: AnnotationQueue } | undefined>();
  const remove = useDeleteQueues();

  const rows = usePagedRows<AnnotationQueue>({
    queryKey: queueKeys.list(project.id, search, sorting),
    pageSize: PAGE_SIZE,
    fetchPage: async (page, size, signal) => withoutPending(await fetchQueues(project.id, search, sorting, page, size, signal), idOf),
  });
  const open = useCallback((queue: AnnotationQueue) => void navigate({ to: `/${workspace}/projects/${project.id}/annotation-queues/${queue.id}` }), [navigate, project.id, workspace]);
  const columns = useMemo<readonly DataColumn<AnnotationQueue>[]>(
    () => [
      ...QUEUE_COLUMNS,
      {
        id: "actions",
        label: "Actions",
        header: <span className="sr-only">Actions</span>,
        size: 88,
        pin: "end",
        cell: (queue) => (
          <span className="flex w-full items-center justify-end gap-0.5">
            <Tooltip content="Annotate">
              <Button asChild variant="ghost" size="xs" className="w-6 px-0">
                <Link aria-label={`Annotate ${queue.name}`} to={`/${workspace}/sme`} search={{ queueId: queue.id }}>
                  <Highlighter />
                </Link>
              </Button>
            </Tooltip>
            <QueueMenu queue={queue} onEdit={() => setDialog({ queue })} onDelete={() => remove([queue])} />
          </span>
        ),
      },
    ],
    [remove, workspace],
  );
  const layout = useColumnLayout("annotation-queues", columns);
  const create = (
    <Button variant="primary" onClick={() => setDialog({})}>
      <Plus /> New queue
    </Button>
  );
  const deleteSelected = () => {
    const queues: AnnotationQueue[] = [];
    for (let index = 0; index < rows.rowCount; index += 1) {
      const queue = rows.rowAt(index);
      if (queue && selected.has(queue.id)) queues.push(queue);
    }
    remove(queues);
    setSelected(new Set());
  };
  return (
    <Page title="Annotation queues" isFull actions={rows.rowCount > 0 || search ? create : undefined}>
      <div className="flex min-h-12 flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2 max-md:px-3">
        {selected.size > 0 ? (
          <div role="toolbar" aria-label="Selected queues" className="flex min-h-8 items-center gap-2">
            <span className="text-sm font-medium">{plural(selected.size, "queue")} selected</span>
            <Button size="sm" onClick={deleteSelected}>
              <Trash2 /> Delete
            </Button>
            <IconButton label="Select nothing" onClick={() => setSelected(new Set())}>
              <X />
            </IconButton>
          </div>
        ) : (
          <SearchInput label="Search queues" value={search} onValueChange={setSearch} />
        )}
        <div className="ms-auto flex gap-1.5">
          <RowHeightMenu height={height} onHeightChange={setHeight} />
          <ColumnChooser columns={columns} control={layout} />
        </div>
      </div>
      {rows.error ? (
        <ErrorState title="The queues could not be loaded" error={rows.error} onRetry={() => void rows.refetch()} />
      ) : (
        <DataTable
          label="Annotation queues"
          columns={columns}
          layout={layout}
          rowCount={rows.rowCount}
          rowAt={rows.rowAt}
          rowId={idOf}
          onVisibleRange={rows.onVisibleRange}
          onOpen={open}
          selection={{ ids: selected, onChange: setSelected }}
          sorting={sorting}
          onSortingChange={setSorting}
          height={height}
          isLoading={rows.isLoading}
          isStale={rows.isStale}
          empty={
            search ? (
              <NoMatches what="queues" onClear={() => setSearch("")} />
            ) : (
              <EmptyState icon={<ClipboardCheck />} title="No annotation queues yet" action={create}>
                Collect traces or threads that people should read, and choose which scores they give. Reviewers get a link to a calm page of their own.
              </EmptyState>
            )
          }
        />
      )}
      {dialog && <QueueDialog projectId={project.id} queue={dialog.queue} onClose={() => setDialog(undefined)} onCreated={(id) => void navigate({ to: `/${workspace}/projects/${project.id}/annotation-queues/${id}` })} />}
    </Page>
  );
}

interface QueueMenuProps {
  queue: AnnotationQueue;
  onEdit: () => void;
  onDelete: () => void;
}

function QueueMenu({ queue, onEdit, onDelete }: QueueMenuProps) {
  const workspace = useWorkspace();
  return (
    <Menu
      trigger={
        <IconButton size="xs" label={`More for ${queue.name}`}>
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem icon={<Link2 />} onSelect={() => void copyReviewLink(workspace, queue.id)}>
        Copy link for reviewers
      </MenuItem>
      <MenuItem icon={<Pencil />} onSelect={onEdit}>
        Edit
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 />} danger onSelect={onDelete}>
        Delete
      </MenuItem>
    </Menu>
  );
}
