import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, MessageSquareText, MessagesSquare, MoreHorizontal, Pencil, Plus, TextCursorInput, Trash2 } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { Page } from "@/app/page";
import { useWorkspace } from "@/app/workspace";
import { ColumnChooser, DataTable, useColumnLayout, usePagedRows, type DataColumn } from "@/components/data-table";
import { type Filter, FilterBar, filtersCodec, filtersParam } from "@/components/filters";
import { Button, EmptyState, ErrorState, IconButton, Menu, MenuItem, NoMatches, SearchInput, toast } from "@/components/ui";
import { useProject } from "@/features/projects/project-context";
import { plural } from "@/lib/format";
import { useSortingState } from "@/lib/sorting";
import { deleteWithUndo, useVisibleRows } from "@/lib/undoable-delete";
import { textCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { deletePrompts, fetchPrompts, type Prompt, refreshPrompts, type TemplateStructure, updatePrompt } from "./api";
import { BulkBar } from "./bulk-bar";
import { CreatePromptDialog } from "./create-prompt-dialog";
import { EditPromptDialog } from "./edit-prompt-dialog";
import { PROMPT_COLUMNS } from "./prompt-columns";
import { PROMPT_FILTERS } from "./prompt-filters";

const PAGE_SIZE = 100;
const NO_FILTERS: Filter[] = [];
const NOTHING: ReadonlySet<string> = new Set();
const structureCodec = wordCodec(["", "text", "chat"]);
const idOf = (prompt: Prompt) => prompt.id;

/** The prompt library of a project. */
export function PromptsPage() {
  const project = useProject();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [filters, setFilters] = useUrlState("filters", filtersCodec, NO_FILTERS);
  const [creating, setCreating] = useUrlState("new", structureCodec, "");
  const { sorting, setSorting, sortingParam } = useSortingState();
  const setQuery = useSetUrlQuery();
  const [selected, setSelected] = useState(NOTHING);
  const [edited, setEdited] = useState<Prompt>();

  const filterText = filtersParam(filters);
  const list = usePagedRows<Prompt>({
    queryKey: ["prompts", "list", project.id, search, filterText, sortingParam],
    fetchPage: (page, size, signal) => fetchPrompts({ projectId: project.id, search, filters: filterText, sorting: sortingParam }, page, size, signal),
    pageSize: PAGE_SIZE,
    refetchInterval: 30_000,
  });
  const rows = useVisibleRows(list, idOf);

  const remove = useCallback(
    (ids: string[], name?: string) => {
      setSelected(NOTHING);
      deleteWithUndo({
        ids,
        title: name ? `“${name}” deleted` : `${plural(ids.length, "prompt")} deleted`,
        failure: "Could not delete the prompts",
        remove: () => deletePrompts(ids),
        onDone: () => refreshPrompts(client),
      });
    },
    [client],
  );
  const addTag = useMutation({
    mutationFn: async (tag: string) => {
      const chosen: Prompt[] = [];
      for (let index = 0; index < rows.rowCount; index += 1) {
        const prompt = rows.rowAt(index);
        if (prompt && selected.has(prompt.id) && !prompt.tags?.includes(tag)) chosen.push(prompt);
      }
      await Promise.all(chosen.map((prompt) => updatePrompt(prompt.id, { name: prompt.name, description: prompt.description ?? "", tags: [...(prompt.tags ?? []), tag] })));
    },
    onError: (error) => toast.bad("Could not tag all prompts", error),
    onSettled: () => refreshPrompts(client),
  });

  const columns = useMemo<DataColumn<Prompt>[]>(
    () => [
      ...PROMPT_COLUMNS,
      {
        id: "actions",
        label: "Actions",
        header: <span className="sr-only">Actions</span>,
        size: 56,
        pin: "end",
        cell: (prompt) => (
          <Menu
            trigger={
              <IconButton size="xs" label={`Actions for ${prompt.name}`}>
                <MoreHorizontal />
              </IconButton>
            }
          >
            <MenuItem icon={<Pencil />} onSelect={() => setEdited(prompt)}>
              Edit
            </MenuItem>
            <MenuItem icon={<Trash2 />} danger onSelect={() => remove([prompt.id], prompt.name)}>
              Delete
            </MenuItem>
          </Menu>
        ),
      },
    ],
    [remove],
  );
  const layout = useColumnLayout("prompts", columns);
  const isFiltered = search !== "" || filters.length > 0;
  const openPrompt = (id: string) => void navigate({ to: "/$workspace/projects/$projectId/prompts/$promptId", params: { workspace, projectId: project.id, promptId: id } });

  return (
    <Page
      title="Prompts"
      isFull
      actions={
        <Menu
          trigger={
            <Button variant="primary">
              <Plus /> New prompt <ChevronDown />
            </Button>
          }
        >
          <MenuItem icon={<TextCursorInput />} onSelect={() => setCreating("text")}>
            Text prompt
          </MenuItem>
          <MenuItem icon={<MessagesSquare />} onSelect={() => setCreating("chat")}>
            Chat prompt
          </MenuItem>
        </Menu>
      }
    >
      <div className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2 max-md:px-3">
        {selected.size > 0 ? (
          <BulkBar count={selected.size} noun="prompt" onClear={() => setSelected(NOTHING)} onDelete={() => remove([...selected])} onAddTag={(tag) => addTag.mutate(tag)} />
        ) : (
          <>
            <SearchInput label="Search by name" value={search} onValueChange={setSearch} className="max-md:w-full" />
            <FilterBar fields={PROMPT_FILTERS} filters={filters} onChange={setFilters} className="flex-1" />
          </>
        )}
        <ColumnChooser columns={columns} control={layout} />
      </div>
      {list.error ? (
        <ErrorState title="The prompts could not be loaded" error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <DataTable
          label="Prompts"
          columns={columns}
          layout={layout}
          rowCount={rows.rowCount}
          rowAt={rows.rowAt}
          rowId={idOf}
          onVisibleRange={list.onVisibleRange}
          onOpen={(prompt) => openPrompt(prompt.id)}
          selection={{ ids: selected, onChange: setSelected }}
          sorting={sorting}
          onSortingChange={setSorting}
          isLoading={list.isLoading}
          isStale={list.isStale}
          empty={
            isFiltered ? (
              <NoMatches what="prompts" onClear={() => setQuery({ search: undefined, filters: undefined })} />
            ) : (
              <EmptyState
                icon={<MessageSquareText />}
                title="No prompts yet"
                action={
                  <>
                    <Button variant="primary" onClick={() => setCreating("text")}>
                      <TextCursorInput /> New text prompt
                    </Button>
                    <Button onClick={() => setCreating("chat")}>
                      <MessagesSquare /> New chat prompt
                    </Button>
                  </>
                }
              >
                Keep the prompts of this project here: every change becomes a version that you can compare, restore and deploy without a release.
              </EmptyState>
            )
          }
        />
      )}
      {creating !== "" && (
        <CreatePromptDialog
          projectId={project.id}
          structure={creating}
          onStructureChange={(structure: TemplateStructure) => setCreating(structure)}
          onClose={() => setCreating("")}
          onCreated={openPrompt}
        />
      )}
      {edited && <EditPromptDialog prompt={edited} onClose={() => setEdited(undefined)} />}
    </Page>
  );
}
