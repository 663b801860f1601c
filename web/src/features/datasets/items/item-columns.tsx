import { Copy, CopyPlus, MoreHorizontal, RotateCcw, Trash2 } from "lucide-react";
import type { CellContext, DataColumn } from "@/components/data-table";
import { Badge, CopyButton, IconButton, Menu, MenuItem, MenuSeparator, Tag } from "@/components/ui";
import { plural } from "@/lib/format";
import { assertionsOf } from "@/features/test-suites/assertions";
import type { DraftMark } from "../drafts/draft";
import { When } from "../list/dataset-columns";
import type { DatasetItem, DatasetKind, ItemColumn } from "../model";
import { isNumeric } from "./columns";
import { previewOf } from "./json";

/** An item as the table shows it: with the changes of the draft. */
export interface ItemRow extends DatasetItem {
  mark?: DraftMark | undefined;
}

/** A column of the data with the pixels that suit it. */
export interface SizedColumn extends ItemColumn {
  width: number;
}

/** What can be done with one row. Keep the object stable. */
export interface RowActions {
  isReadOnly: boolean;
  onDuplicate: (item: DatasetItem) => void;
  onCopy: (item: DatasetItem) => void;
  onDelete: (ids: readonly string[]) => void;
  onRevert: (id: string) => void;
}

/** Characters of a value that a cell shows, by height. */
const PREVIEW: Record<CellContext["height"], number> = { small: 160, medium: 500, large: 1500 };

function DataCell({ value, height }: { value: unknown; height: CellContext["height"] }) {
  if (value === undefined) return null;
  if (value === null) return <span className="font-mono text-xs text-faint">null</span>;
  if (typeof value === "string") {
    if (height === "small") return <span className="truncate">{previewOf(value, PREVIEW.small)}</span>;
    return <span className="max-h-full overflow-hidden break-words whitespace-pre-wrap">{value.slice(0, PREVIEW[height])}</span>;
  }
  const text = previewOf(value, PREVIEW[height]);
  return <span className={height === "small" ? "truncate font-mono text-xs text-muted" : "max-h-full overflow-hidden font-mono text-xs break-words text-muted"}>{text}</span>;
}

const SOURCES: Record<DatasetItem["source"], string> = { manual: "Written here", sdk: "SDK", trace: "Trace", span: "Span" };

/** Name of where an item came from. */
export function sourceName(source: DatasetItem["source"]): string {
  return SOURCES[source];
}

/** Columns of the items: one per key of the data, then what every item has. */
export function itemColumns(kind: DatasetKind, keys: readonly SizedColumn[], actions: RowActions): DataColumn<ItemRow>[] {
  const isSuite = kind.type === "evaluation_suite";
  const widest = Math.max(0, ...keys.map((column) => column.width));
  return [
    ...keys.map(
      (column): DataColumn<ItemRow> => ({
        id: `data.${column.name}`,
        label: column.name,
        section: "Data",
        size: column.width,
        grow: column.width === widest,
        align: isNumeric(column) ? "end" : "start",
        cell: (item, { height }) => <DataCell value={item.data[column.name]} height={height} />,
      }),
    ),
    {
      id: "description",
      label: "Description",
      size: 200,
      isHidden: !isSuite,
      cell: (item, { height }) => <span className={height === "small" ? "truncate text-muted" : "max-h-full overflow-hidden text-muted"}>{item.description ?? ""}</span>,
    },
    ...(isSuite ? suiteColumns : []),
    { id: "tags", label: "Tags", size: 180, cell: (item) => <span className="flex gap-1 overflow-hidden">{item.tags.map((tag) => <Tag key={tag} name={tag} />)}</span> },
    { id: "source", label: "Source", size: 120, isHidden: true, cell: (item) => <span className="text-muted">{sourceName(item.source)}</span> },
    { id: "last_updated_at", label: "Updated", size: 150, isHidden: true, cell: (item) => <When value={item.last_updated_at} /> },
    { id: "created_at", label: "Created", size: 150, isHidden: true, cell: (item) => <When value={item.created_at} /> },
    { id: "created_by", label: "Created by", size: 120, isHidden: true, cell: (item) => item.created_by ?? "" },
    {
      id: "id",
      label: "Id",
      size: 300,
      isHidden: true,
      cell: (item) => (
        <span className="flex min-w-0 items-center gap-1 font-mono text-xs text-muted">
          <span className="truncate">{item.id}</span>
          <CopyButton text={item.id} label="Copy the id" size="xs" />
        </span>
      ),
    },
    {
      id: "actions",
      label: "Actions",
      header: <span className="sr-only">Actions</span>,
      size: 92,
      pin: "end",
      cell: (item) => <RowMenu item={item} actions={actions} />,
    },
  ];
}

const suiteColumns: readonly DataColumn<ItemRow>[] = [
  {
    id: "assertions",
    label: "Own assertions",
    size: 130,
    cell: (item) => {
      const count = assertionsOf(item.evaluators).length;
      return count > 0 ? <Badge tone="accent">{plural(count, "assertion")}</Badge> : null;
    },
  },
  {
    id: "execution_policy",
    label: "Own policy",
    size: 120,
    cell: (item) => (item.execution_policy ? <Badge>{`${item.execution_policy.pass_threshold} of ${item.execution_policy.runs_per_item}`}</Badge> : null),
  },
];

const MARKS: Record<DraftMark, { label: string; tone: "good" | "warn" | "bad" }> = {
  added: { label: "New", tone: "good" },
  edited: { label: "Edited", tone: "warn" },
  deleted: { label: "Deleted", tone: "bad" },
};

/** How the draft touches an item, as a word. */
export function MarkBadge({ mark }: { mark: DraftMark | undefined }) {
  return mark ? <Badge tone={MARKS[mark].tone}>{MARKS[mark].label}</Badge> : null;
}

function RowMenu({ item, actions }: { item: ItemRow; actions: RowActions }) {
  return (
    <span className="flex w-full items-center justify-end gap-1">
      <MarkBadge mark={item.mark} />
      <Menu
        trigger={
          <IconButton label="Actions of the item" size="xs">
            <MoreHorizontal />
          </IconButton>
        }
      >
        <ItemMenuEntries item={item} mark={item.mark} actions={actions} />
      </Menu>
    </span>
  );
}

/** What can be done with an item, as entries of a menu. */
export function ItemMenuEntries({ item, mark, actions }: { item: DatasetItem; mark: DraftMark | undefined; actions: RowActions }) {
  return (
    <>
      <MenuItem icon={<Copy />} onSelect={() => actions.onCopy(item)}>
        Copy as JSON
      </MenuItem>
      {!actions.isReadOnly && (
        <>
          <MenuItem icon={<CopyPlus />} onSelect={() => actions.onDuplicate(item)}>
            Duplicate
          </MenuItem>
          <MenuSeparator />
          {mark === "edited" || mark === "deleted" ? (
            <MenuItem icon={<RotateCcw />} onSelect={() => actions.onRevert(item.id)}>
              {mark === "deleted" ? "Keep the item" : "Undo the changes"}
            </MenuItem>
          ) : null}
          {mark !== "deleted" && (
            <MenuItem icon={<Trash2 />} danger onSelect={() => actions.onDelete([item.id])}>
              Delete
            </MenuItem>
          )}
        </>
      )}
    </>
  );
}
