import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Columns2, Link2, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Tag } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { Segmented } from "@/components/ui/choice";
import { toast } from "@/components/ui/toast";
import { copyText } from "@/lib/clipboard";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { SidePanel } from "@/features/traces/panel/side-panel";
import { isObject } from "@/lib/payload/json";
import { useStoredState } from "@/lib/stored-state";
import { useUrlQuery } from "@/lib/url-state";
import { type ComparedItem, comparedItemQuery } from "../api";
import type { Direction } from "../model/changes";
import { runsOf, titleOf } from "../model/outputs";
import type { ItemVerdict } from "../model/verdicts";
import type { Contender } from "./comparison";
import { VerdictCell } from "./item-cells";
import { RunColumn } from "./run-column";
import { ValueView } from "./value-view";

interface ItemPanelProps {
  projectId: string;
  datasetId: string;
  itemId: string;
  contenders: readonly Contender[];
  experimentIds: readonly string[];
  directionOf: (name: string) => Direction;
  verdict: ItemVerdict | undefined;
  rowCount: number;
  rowAt: (index: number) => ComparedItem | undefined;
  onOpen: (id: string) => void;
}

/** Rows around the open one that are searched for it again after the list has changed. */
const MAX_SEARCHED = 5000;

/** Places that have a use of their own for letters, arrows and Escape. */
const OWN_KEYS = "input, textarea, select, [contenteditable=true], [role=menu], [role=radiogroup], [role=tablist], [role=listbox], [role=separator], [role=alertdialog], [data-radix-popper-content-wrapper]";

/** One item in full: its fields, and the outputs, scores and comments of each experiment side by side. */
export function ItemPanel({ projectId, datasetId, itemId, contenders, experimentIds, directionOf, verdict, rowCount, rowAt, onOpen }: ItemPanelProps) {
  const { data: item, error, isPending, isPlaceholderData, refetch } = useQuery({ ...comparedItemQuery(datasetId, experimentIds, itemId, false), placeholderData: keepPreviousData });
  const [isDiff, setIsDiff] = useStoredState("compare-panel-diff", true);
  const place = useMemo(() => {
    for (let index = 0; index < Math.min(rowCount, MAX_SEARCHED); index += 1) if (rowAt(index)?.id === itemId) return index;
    return undefined;
  }, [itemId, rowAt, rowCount]);
  // Rows beyond the screen may not be loaded; the neighbours are known once the table has them.
  const neighbour = (step: 1 | -1) => (place === undefined ? undefined : rowAt(place + step)?.id);
  const previous = neighbour(-1);
  const next = neighbour(1);
  // A trace that was opened from here lies over this panel and has the keys first.
  const { trace, thread } = useUrlQuery();
  const isCovered = trace !== undefined || thread !== undefined;
  const keys = useRef({ previous, next, onOpen });
  useEffect(() => {
    keys.current = { previous, next, onOpen };
  });
  useEffect(() => {
    if (isCovered) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(OWN_KEYS)) return;
      const now = keys.current;
      const target = event.key === "Escape" ? "" : event.key === "j" || event.key === "ArrowRight" ? now.next : event.key === "k" || event.key === "ArrowLeft" ? now.previous : undefined;
      if (target === undefined) return;
      event.preventDefault();
      now.onOpen(target);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [isCovered]);
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (body.current) body.current.scrollTop = 0;
  }, [itemId]);
  const isComparison = contenders.length > 1;
  return (
    <SidePanel label="Item" testId="compare-item-panel" storageKey="compare-item" share={0.8} isFull={false} onClose={() => onOpen("")}>
      <div className="flex min-h-0 flex-1 flex-col bg-surface">
        <header className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2">
          <IconButton label="Close" onClick={() => onOpen("")}>
            <X />
          </IconButton>
          <div className="min-w-0 flex-1">
            <p className="truncate text-sm font-semibold">{item ? titleOf(item) : "Item"}</p>
          </div>
          {verdict && isComparison && (
            <div className="max-md:hidden">
              <VerdictCell verdict={verdict} contenders={contenders} />
            </div>
          )}
          {isComparison && (
            <Button size="sm" variant="secondary" aria-pressed={isDiff} className={cn(isDiff && "bg-selected")} onClick={() => setIsDiff(!isDiff)}>
              <Columns2 /> <span className="max-md:hidden">Mark differences</span>
            </Button>
          )}
          <CopyButton text={itemId} label="Copy the item's id" />
          <Button size="sm" variant="ghost" onClick={() => void copyText(window.location.href).then((done) => (done ? toast.good("Link copied") : toast.bad("The browser does not let this page copy")))}>
            <Link2 /> <span className="max-md:hidden">Copy link</span>
          </Button>
          <span className="tabular text-xs text-faint max-md:hidden">{place === undefined ? "" : `${formatCount(place + 1)} of ${formatCount(rowCount)}`}</span>
          <IconButton label="Previous item" shortcut="K" data-testid="side-panel-previous" disabled={!previous} onClick={() => previous && onOpen(previous)}>
            <ArrowUp />
          </IconButton>
          <IconButton label="Next item" shortcut="J" data-testid="side-panel-next" disabled={!next} onClick={() => next && onOpen(next)}>
            <ArrowDown />
          </IconButton>
        </header>
        <div ref={body} className={cn("min-h-0 flex-1 overflow-y-auto", isPlaceholderData && "opacity-60")}>
          {error && !item ? (
            <ErrorState title="The item could not be loaded" error={error} onRetry={() => void refetch()} />
          ) : isPending ? (
            <div className="flex flex-col gap-3 p-5">
              <Skeleton className="h-24" />
              <Skeleton className="h-64" />
            </div>
          ) : item ? (
            <div className="flex flex-col gap-4 p-4">
              <DatasetFields item={item} />
              <div className="grid auto-cols-[minmax(20rem,1fr)] grid-flow-col gap-3 overflow-x-auto pb-2 max-md:auto-cols-[85%]">
                {contenders.map((contender) => (
                  <RunColumn
                    key={contender.id}
                    projectId={projectId}
                    datasetId={datasetId}
                    experimentIds={experimentIds}
                    item={item}
                    contender={contender}
                    runs={runsOf(item, contender.id)}
                    baselineRuns={isComparison && !contender.isBaseline ? runsOf(item, experimentIds[0] ?? "") : undefined}
                    isDiff={isDiff}
                    directionOf={directionOf}
                  />
                ))}
              </div>
            </div>
          ) : (
            <ErrorState title="The item does not exist in this comparison" error={new Error("It may have been deleted, or none of the experiments has run it.")} />
          )}
        </div>
      </div>
    </SidePanel>
  );
}

/** The fields of a dataset item, all or the chosen one. */
function DatasetFields({ item }: { item: ComparedItem }) {
  const data: unknown = item.data;
  const fields = useMemo(() => (isObject(data) ? Object.entries(data) : []), [data]);
  const [chosen, setChosen] = useState("all");
  const shown = fields.filter(([name]) => chosen === "all" || `field:${name}` === chosen);
  return (
    <section aria-label="Dataset item" className="rounded-lg border border-line bg-surface">
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
        <h3 className="text-sm font-semibold">Dataset item</h3>
        {item.tags.map((tag) => (
          <Tag key={tag} name={tag} />
        ))}
        {item.description && <span className="min-w-0 truncate text-xs text-muted">{item.description}</span>}
        {fields.length > 1 && (
          <Segmented className="ms-auto max-w-full overflow-x-auto" size="sm" label="Fields" value={chosen} onValueChange={setChosen} options={[{ value: "all", label: "All fields" }, ...fields.map(([name]) => ({ value: `field:${name}`, label: name }))]} />
        )}
      </header>
      {fields.length === 0 ? (
        <p className="px-3 py-4 text-sm text-muted">The item was deleted from the dataset.</p>
      ) : (
        <dl className="grid max-h-80 grid-cols-[repeat(auto-fit,minmax(16rem,1fr))] gap-x-5 gap-y-3 overflow-y-auto px-3 py-3" tabIndex={0}>
          {shown.map(([name, value]) => (
            <div key={name} className="min-w-0">
              <dt className="mb-0.5 text-xs font-medium text-muted">{name}</dt>
              <dd>
                <ValueView value={value} side="input" title={name} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
