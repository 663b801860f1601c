import { useVirtualizer } from "@tanstack/react-virtual";
import { Circle, CircleCheck, CircleDotDashed, Eye } from "lucide-react";
import { useEffect, useRef } from "react";
import { cn } from "@/lib/cn";
import type { SessionItem } from "./session";

const ROW_PIXELS = 52;
const HEAD_PIXELS = 34;

interface ItemListProps {
  /** Items that are left, and those that are done: the open one may still be listed among the others. */
  counts: { toReview: number; processed: number };
  toReview: readonly SessionItem[];
  processed: readonly SessionItem[];
  currentId: string | undefined;
  onOpen: (item: SessionItem) => void;
}

type Entry = { head: string; count: number } | { item: SessionItem };

/** The items of a queue, those to review first. */
export function ItemList({ counts, toReview, processed, currentId, onOpen }: ItemListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const entries: Entry[] = [
    { head: "To review", count: counts.toReview },
    ...toReview.map((item) => ({ item })),
    { head: "Processed", count: counts.processed },
    ...processed.map((item) => ({ item })),
  ];
  // The virtualizer keeps its own state; its functions are new in every render by design.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => {
      const entry = entries[index];
      return entry && "head" in entry ? HEAD_PIXELS : ROW_PIXELS;
    },
    overscan: 8,
  });
  const current = entries.findIndex((entry) => "item" in entry && entry.item.id === currentId);
  useEffect(() => {
    if (current >= 0) virtualizer.scrollToIndex(current, { align: "auto" });
    // Only when another item is opened, not when the list is measured again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [currentId]);
  return (
    <nav aria-label="Items" ref={scroller} className="min-h-0 flex-1 overflow-y-auto" style={{ contain: "strict" }}>
      <div className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((place) => {
          const entry = entries[place.index];
          if (!entry) return null;
          const style = { height: place.size, transform: `translateY(${place.start}px)` };
          return "head" in entry ? (
            <h2 key={entry.head} className="absolute inset-x-0 top-0 flex items-end gap-1.5 px-4 pb-1.5 text-xs font-medium text-muted" style={style}>
              {entry.head} <span className="tabular text-faint">{entry.count}</span>
            </h2>
          ) : (
            <ItemButton key={entry.item.id} item={entry.item} isCurrent={entry.item.id === currentId} onOpen={onOpen} style={style} />
          );
        })}
      </div>
    </nav>
  );
}

function StateIcon({ item }: { item: SessionItem }) {
  if (item.state === "in_review") return <Eye aria-label="Others are looking at it" className="text-warn" />;
  if (item.state === "completed") return <CircleCheck aria-label="Reviewed by others" className="text-faint" />;
  if (item.state === "scored") {
    return item.missing.length > 0 ? <CircleDotDashed aria-label="Scores are missing" className="text-warn" /> : <CircleCheck aria-label="Reviewed" className="text-good" />;
  }
  return <Circle aria-label="To review" className="text-faint" />;
}

interface ItemButtonProps {
  item: SessionItem;
  isCurrent: boolean;
  onOpen: (item: SessionItem) => void;
  style: { height: number; transform: string };
}

function ItemButton({ item, isCurrent, onOpen, style }: ItemButtonProps) {
  return (
    <div className="absolute inset-x-0 top-0 px-2 py-0.5" style={style}>
      <button
        type="button"
        aria-current={isCurrent ? "true" : undefined}
        data-item={item.id}
        onClick={() => onOpen(item)}
        className={cn("flex h-full w-full items-center gap-2.5 rounded-md px-2 text-start [&_svg]:size-4 [&_svg]:shrink-0", isCurrent ? "bg-selected" : "hover:bg-hover")}
      >
        <StateIcon item={item} />
        <span className="min-w-0 flex-1">
          <span className="block truncate text-sm">{item.preview || item.name}</span>
          <span className="block truncate text-xs text-muted">{item.state === "in_review" ? `With ${item.heldBy.join(", ")}` : item.name}</span>
        </span>
      </button>
    </div>
  );
}
