import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronUp, Link2, MoreHorizontal, X } from "lucide-react";
import { useMemo, useState } from "react";
import { useShortcuts } from "@/app/shortcuts";
import { useWorkspace } from "@/app/workspace";
import { MediaGallery } from "@/components/payload";
import { Button, CopyButton, EmptyState, ErrorState, IconButton, Input, Menu, Segmented, Skeleton, TagEditor, toast } from "@/components/ui";
import { ItemOverrides } from "@/features/test-suites/item-overrides";
import { copyText } from "@/lib/clipboard";
import { formatDateTime } from "@/lib/format";
import { findMedia } from "@/lib/payload";
import { useStoredState } from "@/lib/stored-state";
import { itemQuery } from "../api";
import { editItem, type ItemEdit, markOf, mergedItem } from "../drafts/draft";
import type { DatasetDraft } from "../drafts/use-dataset-draft";
import type { DatasetItem, DatasetKind, ItemColumn, SuiteSettings } from "../model";
import { FieldsEditor } from "./fields-editor";
import { ItemMenuEntries, MarkBadge, type RowActions, sourceName } from "./item-columns";
import { parseItemData } from "./json";
import { JsonField } from "./json-field";

interface ItemPanelProps {
  kind: DatasetKind;
  datasetId: string;
  /** Hash of the version that is shown. */
  version: string | undefined;
  itemId: string;
  control: DatasetDraft;
  columns: readonly ItemColumn[];
  actions: RowActions;
  settings: SuiteSettings;
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
  onClose: () => void;
  /** What is wrong with the text that is being written, by field. */
  errors: Readonly<Record<string, string>>;
  onError: (field: string, error: string | undefined) => void;
}

/** One item beside the table: everything of it can be read and, in the latest version, changed. */
export function ItemPanel(props: ItemPanelProps) {
  const { kind, datasetId, version, itemId, control, actions, onPrevious, onNext, onClose } = props;
  const own = control.draft.added.find((item) => item.id === itemId);
  const saved = useQuery({ ...itemQuery(datasetId, itemId, version), enabled: !own });
  const original = own ?? saved.data ?? undefined;
  const mark = markOf(control.draft, itemId);
  const item = original && mergedItem(control.draft, original);
  useShortcuts({
    j: () => (onNext ? onNext() : false),
    k: () => (onPrevious ? onPrevious() : false),
    escape: (event) => {
      // In a field, Escape leaves the field first.
      if (event.target instanceof HTMLElement && event.target.closest("input,textarea,[contenteditable=true]")) event.target.blur();
      else onClose();
    },
  });
  return (
    <aside
      role="dialog"
      aria-label="Item"
      data-testid={kind.type === "evaluation_suite" ? "test-suite-item-panel" : "dataset-item-panel"}
      className="animate-slide absolute inset-y-0 right-0 z-30 flex w-full max-w-2xl flex-col border-s border-line bg-surface shadow-lg"
    >
      <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line ps-4 pe-2">
        <h2 className="font-semibold">Item</h2>
        <span className="min-w-0 truncate ps-1 font-mono text-xs text-faint max-md:hidden">{own ? "not saved yet" : itemId}</span>
        {!own && <CopyButton text={itemId} label="Copy the id" size="xs" />}
        <MarkBadge mark={mark} />
        <span className="flex-1" />
        <IconButton label="Previous item" shortcut="K" data-testid="side-panel-previous" disabled={!onPrevious} onClick={onPrevious}>
          <ChevronUp />
        </IconButton>
        <IconButton label="Next item" shortcut="J" data-testid="side-panel-next" disabled={!onNext} onClick={onNext}>
          <ChevronDown />
        </IconButton>
        {!own && (
          <IconButton
            label="Copy a link to this item"
            onClick={() => void copyText(window.location.href).then((done) => (done ? toast.good("Copied the link") : toast.bad("The browser does not let this page copy")))}
          >
            <Link2 />
          </IconButton>
        )}
        {item && (
          <Menu
            trigger={
              <IconButton label="Actions of this item">
                <MoreHorizontal />
              </IconButton>
            }
          >
            <ItemMenuEntries item={item} mark={mark} actions={actions} />
          </Menu>
        )}
        <IconButton label="Close" onClick={onClose}>
          <X />
        </IconButton>
      </header>
      {item ? (
        <ItemBody key={`${itemId}:${version ?? ""}`} {...props} item={item} original={original} isNew={own !== undefined} isDeleted={mark === "deleted"} />
      ) : saved.isError ? (
        <ErrorState title="The item could not be loaded" error={saved.error} onRetry={() => void saved.refetch()} />
      ) : saved.isSuccess ? (
        <EmptyState title="This item is not in this version">It may have been deleted, or added later.</EmptyState>
      ) : (
        <div className="flex flex-col gap-4 p-4">
          <Skeleton className="h-4 w-1/3" />
          <Skeleton className="h-20" />
          <Skeleton className="h-4 w-1/4" />
          <Skeleton className="h-32" />
        </div>
      )}
    </aside>
  );
}

interface ItemBodyProps extends ItemPanelProps {
  item: DatasetItem;
  /** The item without the draft. */
  original: DatasetItem;
  isNew: boolean;
  isDeleted: boolean;
}

type Mode = "fields" | "json";

function ItemBody({ kind, item, original, isNew, isDeleted, control, columns, actions, settings, errors, onError }: ItemBodyProps) {
  const [stored, setMode] = useStoredState<Mode>("dataset-item-mode", "fields");
  const [autoFocus] = useState(isNew);
  const mode: Mode = stored === "json" ? "json" : "fields";
  const readOnly = actions.isReadOnly || isDeleted;
  const hasErrors = Object.keys(errors).length > 0;
  const media = useMemo(() => findMedia(item.data), [item.data]);
  const change = (edit: ItemEdit) => control.change((draft) => editItem(draft, original, edit));
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto p-4">
      {isDeleted && (
        <div className="flex items-center gap-3 rounded-md bg-bad-soft px-3 py-2 text-bad">
          <span className="flex-1">This item is deleted in the draft.</span>
          <Button size="sm" onClick={() => actions.onRevert(item.id)}>
            Keep it
          </Button>
        </div>
      )}
      <div className="flex items-center gap-2">
        <h3 className="text-sm font-semibold">Data</h3>
        <span className="flex-1" />
        <Segmented
          label="Editor"
          size="sm"
          value={mode}
          onValueChange={setMode}
          options={[
            { value: "fields", label: "Fields", disabled: hasErrors && mode === "json" },
            { value: "json", label: "JSON", disabled: hasErrors && mode === "fields" },
          ]}
        />
      </div>
      {mode === "fields" ? (
        <FieldsEditor data={item.data} columns={columns} readOnly={readOnly} autoFocus={autoFocus} onChange={(data) => change({ data })} onError={onError} />
      ) : (
        <div data-testid="dataset-item-editor">
          <JsonField label="Data of the item" value={item.data} parse={parseItemData} readOnly={readOnly} onChange={(data) => change({ data })} onError={(error) => onError("JSON", error)} />
        </div>
      )}
      {media.length > 0 && (
        <section aria-label="Media" className="flex flex-col gap-2">
          <h3 className="text-sm font-semibold">Media</h3>
          <MediaGallery media={media} />
        </section>
      )}
      {kind.type === "evaluation_suite" && <ItemOverrides item={item} settings={settings} readOnly={readOnly} onChange={change} />}
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] items-center gap-x-3 gap-y-2 border-t border-line pt-4">
        <dt className="text-muted">Description</dt>
        <dd>
          {readOnly ? (
            (item.description ?? <span className="text-faint">None</span>)
          ) : (
            <Input aria-label="Description" placeholder="What this item is about" value={item.description ?? ""} onChange={(event) => change({ description: event.target.value })} />
          )}
        </dd>
        <dt className="text-muted">Tags</dt>
        <dd>
          <TagEditor tags={item.tags} disabled={readOnly} onChange={(tags) => change({ tags })} />
        </dd>
        <dt className="text-muted">Source</dt>
        <dd className="flex items-center gap-2">
          {sourceName(item.source)}
          <SourceLink item={item} />
        </dd>
        {item.created_at && (
          <>
            <dt className="text-muted">Created</dt>
            <dd>
              {formatDateTime(item.created_at)}
              {item.created_by && ` by ${item.created_by}`}
            </dd>
            <dt className="text-muted">Updated</dt>
            <dd>
              {formatDateTime(item.last_updated_at)}
              {item.last_updated_by && ` by ${item.last_updated_by}`}
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

/** Leads to the trace or the span that an item was made from, in whatever project it lives. */
function SourceLink({ item }: { item: DatasetItem }) {
  const workspace = useWorkspace();
  const [noun, id] = item.span_id ? ["spans", item.span_id] : ["traces", item.trace_id];
  if (!id) return null;
  return (
    <Link to={`/${workspace}/${noun}/${id}`} className="text-accent hover:underline">
      Open the {noun === "spans" ? "span" : "trace"}
    </Link>
  );
}
