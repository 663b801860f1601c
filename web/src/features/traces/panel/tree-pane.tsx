import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronsDownUp, ChevronsUpDown, ChevronUp, SlidersHorizontal } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from "react";
import { IconButton } from "@/components/ui/button";
import { Menu, MenuCheckItem, MenuLabel } from "@/components/ui/menu";
import { SearchInput } from "@/components/ui/search-input";
import { cn } from "@/lib/cn";
import { formatCount, formatDuration, formatPercent, plural } from "@/lib/format";
import { kindLabel } from "./kinds";
import { formatSmallCost } from "./numbers";
import { Ruler } from "./ruler";
import { costHeat, type Folding, isOpen, type SpanNode, type SpanTree, timeHeat, toggled } from "./span-tree";
import { gridOf, ROW_PIXELS, type TreeColumns, TreeRow } from "./tree-row";
import { useWidth } from "./use-width";
import { OPTION_LABELS, type TreeOptions } from "./view-options";
import { aroundSpan, type TimeWindow, zoomed } from "./waterfall";

/** What a search inside of the trace has found. */
export interface TreeMatches {
  query: string;
  ids: ReadonlySet<string>;
  /** In the order of the rows. */
  order: readonly SpanNode[];
  isSearching: boolean;
}

/** What the panel may ask of the tree. */
export interface TreeHandle {
  focus: () => void;
}

interface TreePaneProps {
  tree: SpanTree;
  rows: readonly SpanNode[];
  selected: SpanNode;
  folding: Folding;
  matches: TreeMatches | undefined;
  search: string;
  onSearch: (text: string) => void;
  options: TreeOptions;
  onOptions: (change: Partial<TreeOptions>) => void;
  onSelect: (node: SpanNode) => void;
  onFolding: (folding: Folding) => void;
  /** Told between the search and the rows: filters, limits. */
  notice?: ReactNode;
  ref?: Ref<TreeHandle>;
}

/** The spans of a trace as a tree, and beside each when it ran. */
export function TreePane({ tree, rows, selected, folding, matches, search, onSearch, options, onOptions, onSelect, onFolding, notice, ref }: TreePaneProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const columns = useColumns(width, options, tree);
  const whole = useMemo<TimeWindow>(() => ({ from: tree.from, to: tree.from + tree.total }), [tree]);
  const [zoom, setZoom] = useState<TimeWindow | undefined>();
  const window = zoom ?? whole;
  useImperativeHandle(ref, () => ({ focus: () => scroller.current?.focus({ preventScroll: true }) }), []);

  // The library keeps state that the compiler cannot follow; nothing here is memoised by it.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PIXELS, overscan: 8 });
  const selectedIndex = useMemo(() => rows.indexOf(selected), [rows, selected]);
  const lastSeen = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (selectedIndex < 0 || lastSeen.current === selected.id) return;
    lastSeen.current = selected.id;
    virtualizer.scrollToIndex(selectedIndex, { align: "auto" });
  }, [selectedIndex, selected, virtualizer]);

  const onToggle = useCallback((node: SpanNode) => onFolding(toggled(folding, node)), [folding, onFolding]);
  const step = (by: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, (selectedIndex < 0 ? 0 : selectedIndex) + by))];
    if (next) onSelect(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const opened = isOpen(selected, folding);
    const hasChildren = selected.children.length > 0;
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "PageDown") step(20);
    else if (event.key === "PageUp") step(-20);
    else if (event.key === "Home") step(-rows.length);
    else if (event.key === "End") step(rows.length);
    else if (event.key === "Enter" || event.key === " ") {
      if (hasChildren) onToggle(selected);
    } else if (event.key === "ArrowRight") {
      if (hasChildren && !opened) onToggle(selected);
      else if (hasChildren) step(1);
    } else if (event.key === "ArrowLeft") {
      if (hasChildren && opened) onToggle(selected);
      else if (selected.parent) onSelect(selected.parent);
    } else if (event.key.toLowerCase() === "z") setZoom(zoom ? undefined : aroundSpan(selected.start, selected.end, whole));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const onWheel = (event: WheelEvent) => {
      if (!(event.ctrlKey || event.metaKey) || columns.track === 0) return;
      event.preventDefault();
      const bounds = element.getBoundingClientRect();
      const share = Math.min(Math.max((event.clientX - (bounds.right - columns.track)) / columns.track, 0), 1);
      const around = window.from + share * (window.to - window.from);
      setZoom(zoomed(window, whole, Math.exp(event.deltaY / 300), around));
    };
    // React's own listener is passive, which would zoom the page too.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [columns.track, whole, window]);

  const closed = folding.openDepth !== Infinity || folding.flipped.size > 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-surface">
      <div className="flex shrink-0 items-center gap-1 border-b border-line px-2 py-1.5">
        <SearchInput label="Search in this trace" value={search} onValueChange={onSearch} className="min-w-0 flex-1" onKeyUp={(event) => event.key === "Enter" && matches && stepMatch(matches, selected, event.shiftKey ? -1 : 1, onSelect)} />
        {matches && <MatchNavigation matches={matches} selected={selected} onSelect={onSelect} />}
        <IconButton
          label={closed ? "Unfold all" : "Fold all"}
          onClick={() => onFolding(closed ? { openDepth: Infinity, flipped: new Set() } : { openDepth: 1, flipped: new Set() })}
        >
          {closed ? <ChevronsUpDown /> : <ChevronsDownUp />}
        </IconButton>
        <Menu
          trigger={
            <IconButton label="What the tree shows">
              <SlidersHorizontal />
            </IconButton>
          }
        >
          <MenuLabel>Show</MenuLabel>
          {OPTION_LABELS.map(([key, label]) => (
            <MenuCheckItem key={key} checked={options[key]} onCheckedChange={(on) => onOptions({ [key]: on })}>
              {label}
            </MenuCheckItem>
          ))}
        </Menu>
      </div>
      {notice}
      <div className="shrink-0 border-b border-line">
        <div className="grid h-7 items-center text-xs text-faint" style={{ gridTemplateColumns: gridOf(columns), width: width || undefined }}>
        <span className="tabular truncate px-3">
          Spans ({formatCount(tree.root.descendants)})
          {tree.hidden > 0 && <span> · {plural(tree.hidden, "internal one")} hidden</span>}
        </span>
        {columns.duration && <span className="pe-2 text-end">Time</span>}
        {columns.tokens && <span className="pe-2 text-end">Tokens</span>}
        {columns.cost && <span className="pe-2 text-end">Cost</span>}
        {columns.track > 0 && <Ruler window={window} whole={whole} pixels={columns.track} onWindow={(next) => setZoom(next.from <= whole.from && next.to >= whole.to ? undefined : next)} />}
        </div>
      </div>
      <div className="relative min-h-0 flex-1">
        <div
          ref={scroller}
          role="tree"
          aria-label="Spans"
          tabIndex={0}
          aria-activedescendant={`node-${selected.id}`}
          data-tree
          onKeyDown={onKeyDown}
          className="group/tree absolute inset-0 overflow-y-auto focus-visible:outline-none [scrollbar-gutter:stable]"
        >
          {rows.length === 0 && <p className="px-4 py-8 text-center text-muted">Nothing in this trace matches</p>}
          <div className="relative" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((item) => {
              const node = rows[item.index];
              return (
                node && (
                  <div key={node.id} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${item.start}px)` }}>
                    <TreeRow
                      node={node}
                      isSelected={node === selected}
                      isOpen={matches ? true : isOpen(node, folding)}
                      isDimmed={matches !== undefined && !matches.ids.has(node.id)}
                      slow={timeHeat(node, tree)}
                      costly={costHeat(node, tree)}
                      query={matches?.query ?? ""}
                      columns={columns}
                      options={options}
                      window={window}
                      onSelect={onSelect}
                      onToggle={onToggle}
                    />
                  </div>
                )
              );
            })}
          </div>
        </div>
        <TimingCard scroller={scroller} tree={tree} />
      </div>
    </div>
  );
}

/** Takes the columns that there is room for; the name always has its part. */
function useColumns(width: number, options: TreeOptions, tree: SpanTree): TreeColumns {
  const { timeline, duration, tokens, cost } = options;
  const hasTokens = tree.root.tokens !== undefined && tree.root.tokens > 0;
  const hasCost = tree.root.cost > 0;
  return useMemo(() => {
    const withDuration = duration && width >= 280;
    const withCost = cost && hasCost && width >= 440;
    const withTokens = tokens && hasTokens && width >= 520;
    const rest = width - (withDuration ? 58 : 0) - (withCost ? 62 : 0) - (withTokens ? 46 : 0);
    const track = timeline && width >= 360 ? Math.round(Math.max(rest * 0.42, rest - 340)) : 0;
    return { duration: withDuration, tokens: withTokens, cost: withCost, track: track >= 90 ? track : 0 };
  }, [width, timeline, duration, tokens, cost, hasTokens, hasCost]);
}

function stepMatch(matches: TreeMatches, selected: SpanNode, by: 1 | -1, onSelect: (node: SpanNode) => void): void {
  const { order } = matches;
  if (order.length === 0) return;
  const at = order.indexOf(selected);
  const next = order[at < 0 ? (by === 1 ? 0 : order.length - 1) : (at + by + order.length) % order.length];
  if (next) onSelect(next);
}

function MatchNavigation({ matches, selected, onSelect }: { matches: TreeMatches; selected: SpanNode; onSelect: (node: SpanNode) => void }) {
  const at = matches.order.indexOf(selected);
  const count = matches.order.length;
  return (
    <span className="flex shrink-0 items-center">
      <span aria-live="polite" className={cn("tabular px-1 text-xs text-muted", matches.isSearching && "animate-pulse")}>
        {matches.isSearching && count === 0 ? "Searching" : count === 0 ? "No match" : at < 0 ? formatCount(count) : `${formatCount(at + 1)} of ${formatCount(count)}`}
      </span>
      <IconButton label="Previous match" size="xs" disabled={count === 0} onClick={() => stepMatch(matches, selected, -1, onSelect)}>
        <ChevronUp />
      </IconButton>
      <IconButton label="Next match" size="xs" disabled={count === 0} onClick={() => stepMatch(matches, selected, 1, onSelect)}>
        <ChevronDown />
      </IconButton>
    </span>
  );
}

/** Numbers of the span whose bar is under the pointer. One element for all rows. */
function TimingCard({ scroller, tree }: { scroller: React.RefObject<HTMLDivElement | null>; tree: SpanTree }) {
  const [place, setPlace] = useState<{ node: SpanNode; x: number; y: number } | undefined>();
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const onMove = (event: globalThis.PointerEvent) => {
      const track = event.target instanceof Element && event.pointerType === "mouse" ? event.target.closest("[data-track]") : null;
      const node = tree.byId.get(track?.closest<HTMLElement>("[data-node]")?.dataset.node ?? "");
      if (!node) setPlace(undefined);
      else {
        const bounds = element.getBoundingClientRect();
        setPlace({ node, x: event.clientX - bounds.left, y: event.clientY - bounds.top });
      }
    };
    const onLeave = () => setPlace(undefined);
    element.addEventListener("pointermove", onMove);
    element.addEventListener("pointerleave", onLeave);
    element.addEventListener("scroll", onLeave);
    return () => {
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerleave", onLeave);
      element.removeEventListener("scroll", onLeave);
    };
  }, [scroller, tree]);
  if (!place) return null;
  const { node, x, y } = place;
  const height = scroller.current?.clientHeight ?? 0;
  const share = (time: number) => formatPercent((time / tree.total) * 100);
  return (
    <div className="pointer-events-none absolute z-10 w-56 rounded-md border border-line bg-raised p-2 text-xs shadow-md" style={{ left: Math.max(x - 232, 4), top: y + 150 > height ? y - 130 : y + 16 }}>
      <p className="truncate font-medium">{node.name}</p>
      <p className="mb-1 text-faint">{kindLabel(node.kind)}</p>
      <dl className="tabular grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 [&_dd]:text-end [&_dt]:text-muted">
        <dt>Starts after</dt>
        <dd>{node.start < 0 ? `-${formatDuration(-node.start)}` : formatDuration(node.start)}</dd>
        <dt>Duration</dt>
        <dd>{node.duration === undefined ? "has not ended" : `${formatDuration(node.duration)} (${share(node.duration)})`}</dd>
        <dt>Self time</dt>
        <dd>
          {formatDuration(node.selfTime)} ({share(node.selfTime)})
        </dd>
        <dt>On critical path</dt>
        <dd>{node.isCritical ? formatDuration(node.criticalTime) : "no"}</dd>
        {node.cost > 0 && (
          <>
            <dt>Cost</dt>
            <dd>{formatSmallCost(node.cost)}</dd>
          </>
        )}
      </dl>
    </div>
  );
}
