import { ArrowDown, ArrowUp, Columns3, Pin, PinOff, RotateCcw } from "lucide-react";
import { useMemo, useState } from "react";
import { Button, IconButton } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/choice";
import { Input } from "@/components/ui/field";
import { Popover } from "@/components/ui/popover";
import type { DataColumn } from "./columns";
import type { ColumnLayoutControl } from "./use-column-layout";

interface ColumnChooserProps<Row> {
  columns: readonly DataColumn<Row>[];
  control: ColumnLayoutControl;
}

/** Chooses, orders and pins the columns of a table. */
export function ColumnChooser<Row>({ columns, control }: ColumnChooserProps<Row>) {
  const { layout, setVisible, setPinned, reset } = control;
  const [text, setText] = useState("");
  const groups = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    const place = new Map(layout.visible.map((id, index) => [id, index]));
    const sorted = columns
      .filter((column) => column.label.toLowerCase().includes(wanted))
      .toSorted((a, b) => (place.get(a.id) ?? columns.length) - (place.get(b.id) ?? columns.length));
    const bySection = new Map<string, DataColumn<Row>[]>();
    for (const column of sorted) {
      const section = column.section ?? "";
      bySection.set(section, [...(bySection.get(section) ?? []), column]);
    }
    return [...bySection].toSorted(([a], [b]) => Number(a !== "") - Number(b !== ""));
  }, [columns, layout.visible, text]);

  const toggle = (id: string, shown: boolean) => setVisible(shown ? [...layout.visible, id] : layout.visible.filter((other) => other !== id));
  const move = (id: string, step: 1 | -1) => {
    const from = layout.visible.indexOf(id);
    const to = from + step;
    if (from < 0 || to < 0 || to >= layout.visible.length) return;
    const next = layout.visible.filter((other) => other !== id);
    next.splice(to, 0, id);
    setVisible(next);
  };
  return (
    <Popover
      align="end"
      label="Columns"
      className="w-80 p-0"
      trigger={
        <Button size="md" aria-label="Columns">
          <Columns3 /> <span className="max-md:hidden">Columns</span>
        </Button>
      }
    >
      <div className="sticky top-0 z-10 flex items-center gap-1 border-b border-line bg-raised p-2">
        <Input aria-label="Find a column" placeholder="Find a column" value={text} onChange={(event) => setText(event.target.value)} />
        <IconButton label="Back to the default columns" onClick={reset}>
          <RotateCcw />
        </IconButton>
      </div>
      <div className="p-1">
        {groups.map(([section, members]) => (
          <div key={section} role="group" aria-label={section || "Columns"}>
            {section && <p className="px-2 pt-2 pb-1 text-xs font-medium text-faint">{section}</p>}
            {members.map((column) => {
              const isVisible = layout.visible.includes(column.id);
              const isPinned = layout.pinned.start.includes(column.id) || layout.pinned.end.includes(column.id);
              return (
                <div key={column.id} className="group flex h-8 items-center gap-2 rounded-md px-2 hover:bg-hover">
                  <Checkbox id={`column-${column.id}`} checked={isVisible} onCheckedChange={(checked) => toggle(column.id, checked)} />
                  <label htmlFor={`column-${column.id}`} className="min-w-0 flex-1 cursor-pointer truncate">
                    {column.label}
                  </label>
                  {isVisible && (
                    <span className="flex opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
                      <IconButton size="xs" label={`Move ${column.label} forward`} onClick={() => move(column.id, -1)}>
                        <ArrowUp />
                      </IconButton>
                      <IconButton size="xs" label={`Move ${column.label} back`} onClick={() => move(column.id, 1)}>
                        <ArrowDown />
                      </IconButton>
                      <IconButton size="xs" label={isPinned ? `Unpin ${column.label}` : `Pin ${column.label}`} onClick={() => setPinned(column.id, isPinned ? undefined : "start")}>
                        {isPinned ? <PinOff /> : <Pin />}
                      </IconButton>
                    </span>
                  )}
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </Popover>
  );
}
