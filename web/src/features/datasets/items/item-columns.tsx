import { Copy, CopyPlus, MoreHorizontal, RotateCcw, Trash2 } from "lucide-react";
import { excerpt, Highlighted, useHighlight } from "@/components/cells";
import type { CellContext, DataColumn } from "@/components/data-table";
import { Badge, CopyButton, IconButton, Menu, MenuItem, MenuSeparator, Tag } from "@/components/ui";
import { cn } from "@/lib/cn";
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

/** Characters of a value that are looked through for the words that were searched for. */
const SEARCHED_CHARS = 5000;

const LINES: Record<CellContext["height"], string> = { small: "truncate", medium: "line-clamp-3 leading-[1.0625rem] break-words", large: "line-clamp-7 break-words whitespace-pre-wrap" };

function DataCell({ value, height }: { value: unknown; height: CellContext["height"] }) {
  const wanted = useHighlight();
  if (value === undefined) return null;
  if (value === null) return <span className="font-mono text-xs text-faint">null</span>;
  const isText = typeof value === "string";
  const source = isText && height === "large" ? value.slice(0, SEARCHED_CHARS) : previewOf(value, wanted === "" ? PREVIEW[height] : SEARCHED_CHARS);
  return (
    <span className={cn("min-w-0", LINES[height], !isText && "font-mono text-xs text-muted")}>
      <Highlighted text={excerpt(source, wanted, PREVIEW[height])} />
    </span>
  );
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
      cell: (item, { height }) => <span className={cn("min-w-0 text-muted", LINES[height])}>{item.description ?? ""}</span>,
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
      size: 108,
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
