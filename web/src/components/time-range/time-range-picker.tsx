import { Check, Clock } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Popover } from "@/components/ui/popover";
import { cn } from "@/lib/cn";
import { type Preset, PRESETS, rangeLabel, type ResolvedRange, type TimeRange } from "./time-range";

interface TimeRangePickerProps {
  range: TimeRange;
  /** Instants of the range, to start a custom one from. */
  start: ResolvedRange["start"];
  end: ResolvedRange["end"];
  onRangeChange: (range: TimeRange) => void;
  /** Ranges on offer. Default: all. */
  presets?: readonly Preset[];
  align?: "start" | "end";
}

const ALL = Object.keys(PRESETS) as Preset[];

/** Chooses a range of time: a preset, or two points in time to the minute. */
export function TimeRangePicker({ range, start, end, onRangeChange, presets = ALL, align = "end" }: TimeRangePickerProps) {
  const [open, setOpen] = useState(false);
  const choose = (next: TimeRange) => {
    onRangeChange(next);
    setOpen(false);
  };
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      align={align}
      label="Time range"
      className="flex flex-col p-0 sm:flex-row"
      trigger={
        <Button aria-label={`Time range: ${rangeLabel(range)}`}>
          <Clock /> <span className="tabular max-md:hidden">{rangeLabel(range)}</span>
          {range.kind === "preset" && <span className="tabular md:hidden">{PRESETS[range.preset].short}</span>}
        </Button>
      }
    >
      <ul className="w-44 shrink-0 p-1" aria-label="Presets">
        {presets.map((preset) => {
          const isChosen = range.kind === "preset" && range.preset === preset;
          return (
            <li key={preset}>
              <button
                type="button"
                aria-pressed={isChosen}
                className="flex h-7.5 w-full items-center gap-2 rounded-md px-2 text-sm hover:bg-hover"
                onClick={() => choose({ kind: "preset", preset })}
              >
                <Check className={cn("size-3.5 text-accent", !isChosen && "invisible")} />
                {PRESETS[preset].label}
              </button>
            </li>
          );
        })}
      </ul>
      <CustomRange key={`${start}${end}`} start={start} end={end} onApply={(from, to) => choose({ kind: "custom", from, to })} />
    </Popover>
  );
}

/** An instant as `datetime-local` writes it. */
function localMinute(iso: string): string {
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function CustomRange({ start, end, onApply }: { start: string; end: string; onApply: (from: string, to: string) => void }) {
  const [from, setFrom] = useState(() => localMinute(start));
  const [to, setTo] = useState(() => localMinute(end));
  const isComplete = from !== "" && to !== "";
  const isReversed = isComplete && from > to;
  return (
    <form
      className="flex flex-col gap-3 border-line p-3 max-sm:border-t sm:border-s"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (isComplete && !isReversed) onApply(new Date(from).toISOString(), new Date(to).toISOString());
      }}
    >
      <Field label="From">{(control) => <Input type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} {...control} />}</Field>
      <Field label="To" error={isReversed ? "The end is before the beginning" : undefined}>
        {(control) => <Input type="datetime-local" value={to} onChange={(event) => setTo(event.target.value)} {...control} />}
      </Field>
      <Button type="submit" variant="primary" disabled={!isComplete || isReversed}>
        Show this range
      </Button>
    </form>
  );
}
