import { ZoomOut } from "lucide-react";
import { type PointerEvent, useState } from "react";
import { IconButton } from "@/components/ui/button";
import { kept, type TimeWindow, ticksOf } from "./waterfall";

/** Pixels between two labels. */
const LABEL_PIXELS = 54;
/** Pixels that count as a drag rather than a click. */
const DRAG_PIXELS = 4;

interface RulerProps {
  window: TimeWindow;
  whole: TimeWindow;
  /** Width of the track, in pixels. */
  pixels: number;
  onWindow: (window: TimeWindow) => void;
}

/** The time axis over the bars. Dragging over a part zooms into it; a double click shows the whole again. */
export function Ruler({ window, whole, pixels, onWindow }: RulerProps) {
  const [drag, setDrag] = useState<{ from: number; to: number } | undefined>();
  const ticks = ticksOf(window, Math.max(Math.floor(pixels / LABEL_PIXELS), 3));
  const isZoomed = window.from > whole.from || window.to < whole.to;
  const place = (event: PointerEvent<HTMLElement>) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - bounds.left) / bounds.width, 0), 1);
  };
  const timeAt = (share: number) => window.from + share * (window.to - window.from);
  return (
    <div
      role="group"
      aria-label="Time axis"
      title="Drag to zoom into a part"
      className="relative h-full cursor-col-resize touch-none select-none"
      onPointerDown={(event) => {
        if (event.target instanceof Element && event.target.closest("button")) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: place(event), to: place(event) });
      }}
      onPointerMove={(event) => {
        if (drag) setDrag({ ...drag, to: place(event) });
      }}
      onPointerUp={() => {
        if (drag && Math.abs(drag.to - drag.from) * pixels > DRAG_PIXELS) {
          onWindow(kept({ from: timeAt(Math.min(drag.from, drag.to)), to: timeAt(Math.max(drag.from, drag.to)) }, whole));
        }
        setDrag(undefined);
      }}
      onDoubleClick={() => onWindow(whole)}
    >
      {ticks.map((tick) => (
        <span key={tick.left} className="tabular absolute inset-y-0 border-s border-line ps-1 pt-1.5 text-xs leading-4 whitespace-nowrap text-faint" style={{ left: `${tick.left}%` }}>
          {tick.label}
        </span>
      ))}
      {drag && <span className="absolute inset-y-0 bg-accent/20" style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }} />}
      {isZoomed && (
        <span className="absolute end-0.5 top-0.5 rounded-md bg-surface">
          <IconButton label="Show the whole time" size="xs" onClick={() => onWindow(whole)}>
            <ZoomOut />
          </IconButton>
        </span>
      )}
    </div>
  );
}
