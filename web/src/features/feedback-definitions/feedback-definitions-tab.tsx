import { useQueryClient } from "@tanstack/react-query";
import { Copy, MoreHorizontal, Pencil, Plus, Star, Trash2 } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { ColumnChooser, type DataColumn, DataTable, useColumnLayout, usePagedRows } from "@/components/data-table";
import { Badge, Button, EmptyState, ErrorState, IconButton, Menu, MenuItem, NativeSelect, NoMatches, SearchInput, toast } from "@/components/ui";
import { ScoreDot } from "@/components/ui/score-dot";
import { BulkBar } from "@/features/prompts/bulk-bar";
import { When } from "@/features/prompts/prompt-columns";
import { formatDateTime, plural } from "@/lib/format";
import { deleteWithUndo, useVisibleRows } from "@/lib/undoable-delete";
import { textCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { deleteDefinitions, fetchDefinitions } from "./api";
import { copyName, type DefinitionForm, describeDetails, emptyForm, type FeedbackDefinition, formOf, isProtected, TYPES } from "./definition";
import { DefinitionDialog } from "./definition-dialog";

const NOTHING: ReadonlySet<string> = new Set();
const typeCodec = wordCodec(["", "numerical", "categorical", "boolean"]);
const idOf = (definition: FeedbackDefinition) => definition.id;

/** How people score: the feedback definitions of the workspace. */
export function FeedbackDefinitionsTab() {
  const client = useQueryClient();
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [type, setType] = useUrlState("type", typeCodec, "");
  const setQuery = useSetUrlQuery();
  const [selected, setSelected] = useState(NOTHING);
  const [edited, setEdited] = useState<{ initial: DefinitionForm; id?: string }>();
  const list = usePagedRows<FeedbackDefinition>({
    queryKey: ["feedback-definitions", "list", search, type],
    fetchPage: (page, size, signal) => fetchDefinitions({ search, type }, page, size, signal),
    pageSize: 100,
    refetchInterval: 30_000,
  });
  const rows = useVisibleRows(list, idOf);
  const { rowAt, rowCount } = rows;

  const loaded = useCallback(() => {
    const definitions: FeedbackDefinition[] = [];
    for (let index = 0; index < rowCount; index += 1) {
      const definition = rowAt(index);
      if (definition) definitions.push(definition);
    }
    return definitions;
  }, [rowAt, rowCount]);
  const remove = useCallback(
    (definitions: readonly FeedbackDefinition[]) => {
      const kept = definitions.filter(({ name }) => isProtected(name));
      const ids = definitions.filter(({ name }) => !isProtected(name)).map(idOf);
      setSelected(NOTHING);
      if (kept.length > 0) toast.info("“User feedback” stays", "The server needs it for the scores of your users.");
      if (ids.length === 0) return;
      deleteWithUndo({
        ids,
        title: `${plural(ids.length, "definition")} deleted`,
        failure: "Could not delete the definitions",
        remove: () => deleteDefinitions(ids),
        onDone: () => client.invalidateQueries({ queryKey: ["feedback-definitions"] }),
      });
    },
    [client],
  );
  const columns = useMemo<DataColumn<FeedbackDefinition>[]>(
    () => [
      {
        id: "name",
        label: "Name",
        size: 240,
        grow: true,
        cell: ({ name }) => (
          <span className="flex min-w-0 items-center gap-2 font-medium">
            <ScoreDot name={name} className="size-2.5" />
            <span className="truncate">{name}</span>
          </span>
        ),
      },
      { id: "type", label: "Type", size: 120, cell: (definition) => <Badge>{TYPES.find(({ value }) => value === definition.type)?.label ?? definition.type}</Badge> },
      { id: "details", label: "Values", size: 280, grow: true, cell: ({ details }) => <span className="truncate" title={describeDetails(details)}>{describeDetails(details)}</span> },
      { id: "description", label: "Description", size: 280, grow: true, cell: ({ description }) => <span className="truncate text-muted" title={description ?? ""}>{description}</span> },
      { id: "created_at", label: "Created", size: 150, cell: ({ created_at: time }) => <When time={time} /> },
      { id: "created_by", label: "Created by", size: 120, isHidden: true, cell: ({ created_by: user }) => user },
      { id: "last_updated_at", label: "Last updated", size: 170, isHidden: true, cell: ({ last_updated_at: time }) => <span className="text-muted">{formatDateTime(time)}</span> },
      {
        id: "actions",
        label: "Actions",
        header: <span className="sr-only">Actions</span>,
        size: 56,
        pin: "end",
        cell: (definition) => (
          <Menu
            trigger={
              <IconButton size="xs" label={`Actions for ${definition.name}`}>
                <MoreHorizontal />
              </IconButton>
            }
          >
            <MenuItem icon={<Pencil />} onSelect={() => setEdited({ initial: formOf(definition), id: definition.id })}>
              Edit
            </MenuItem>
            <MenuItem icon={<Copy />} onSelect={() => setEdited({ initial: { ...formOf(definition), name: copyName(definition.name, loaded().map(({ name }) => name)) } })}>
              Make a copy
            </MenuItem>
            <MenuItem icon={<Trash2 />} danger disabled={isProtected(definition.name)} onSelect={() => remove([definition])}>
              Delete
            </MenuItem>
          </Menu>
        ),
      },
    ],
    [loaded, remove],
  );
  const layout = useColumnLayout("feedback-definitions", columns);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2 max-md:px-3">
        {selected.size > 0 ? (
          <BulkBar count={selected.size} noun="definition" onClear={() => setSelected(NOTHING)} onDelete={() => remove(loaded().filter(({ id }) => selected.has(id)))} />
        ) : (
          <>
            <SearchInput label="Search by name" value={search} onValueChange={setSearch} className="max-md:w-full" />
            <NativeSelect
              aria-label="Type"
              className="w-36"
              value={type}
              onChange={(event) => {
                const next = typeCodec.parse(event.target.value);
                if (next !== undefined) setType(next);
              }}
            >
              <option value="">All types</option>
              {TYPES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </NativeSelect>
            <span className="flex-1" />
          </>
        )}
        <ColumnChooser columns={columns} control={layout} />
        <Button variant="primary" onClick={() => setEdited({ initial: emptyForm() })}>
          <Plus /> New definition
        </Button>
      </div>
      {list.error ? (
        <ErrorState title="The feedback definitions could not be loaded" error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <DataTable
          label="Feedback definitions"
          columns={columns}
          layout={layout}
          rowCount={rowCount}
          rowAt={rowAt}
          rowId={idOf}
          onVisibleRange={list.onVisibleRange}
          onOpen={(definition) => setEdited({ initial: formOf(definition), id: definition.id })}
          selection={{ ids: selected, onChange: setSelected }}
          isLoading={list.isLoading}
          isStale={list.isStale}
          empty={
            search !== "" || type !== "" ? (
              <NoMatches what="definitions" onClear={() => setQuery({ search: undefined, type: undefined })} />
            ) : (
              <EmptyState
                icon={<Star />}
                title="No feedback definitions"
                action={
                  <Button variant="primary" onClick={() => setEdited({ initial: emptyForm() })}>
                    <Plus /> New definition
                  </Button>
                }
              >
                Say how people score: categories such as “right” and “wrong”, a number, or yes and no.
              </EmptyState>
            )
          }
        />
      )}
      {edited && <DefinitionDialog initial={edited.initial} id={edited.id} onClose={() => setEdited(undefined)} />}
    </div>
  );
}
