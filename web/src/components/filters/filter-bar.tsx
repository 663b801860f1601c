import { ListFilter, Plus, X } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { Button } from "@/components/ui/button";
import { Popover } from "@/components/ui/popover";
import { cn } from "@/lib/cn";
import { describeFilter } from "./describe";
import { FieldList } from "./field-list";
import { FilterEditor } from "./filter-editor";
import { type Filter, type FilterField, isSameFilter, toggleFilter } from "./model";

interface FilterBarProps {
  fields: readonly FilterField[];
  filters: readonly Filter[];
  onChange: (filters: Filter[]) => void;
  /** Chips of conditions that are kept elsewhere, shown before the others. */
  children?: ReactNode;
  className?: string;
}

const CHIP = "inline-flex h-7 max-w-80 min-w-0 items-center rounded-md border text-sm";

/**
 * The conditions of a list as chips: one click to change or to remove each, quick toggles, and a builder for new ones.
 * Conditions on fields that nobody knows are shown by their raw names, never dropped.
 */
export function FilterBar({ fields, filters, onChange, children, className }: FilterBarProps) {
  const byName = useMemo(() => new Map(fields.map((field) => [field.field, field])), [fields]);
  const toggles = fields.flatMap((field) => {
    const condition = toggleFilter(field);
    return field.toggle && condition ? [{ label: field.toggle.label, condition, isOn: filters.some((filter) => isSameFilter(filter, condition)) }] : [];
  });
  const isToggle = (filter: Filter) => toggles.some(({ condition }) => isSameFilter(condition, filter));
  const used = new Set(filters.map((filter) => filter.field));
  const pinned = fields.filter((field) => field.isPinned && !used.has(field.field));
  const add = (filter: Filter) => {
    if (!filters.some((other) => isSameFilter(other, filter))) onChange([...filters, filter]);
  };
  return (
    <div role="group" aria-label="Filters" className={cn("flex min-w-0 flex-wrap items-center gap-1.5", className)}>
      <AddFilter fields={fields} onAdd={add} />
      {toggles.map(({ label, condition, isOn }) => (
        <button
          key={label}
          type="button"
          aria-pressed={isOn}
          className={cn(CHIP, "px-2 font-medium", isOn ? "border-transparent bg-bad-soft text-bad" : "border-dashed border-line-strong text-muted hover:bg-hover hover:text-ink")}
          onClick={() => onChange(isOn ? filters.filter((filter) => !isSameFilter(filter, condition)) : [...filters, condition])}
        >
          {label}
          {isOn && <X aria-hidden className="ms-1 size-3" />}
        </button>
      ))}
      {pinned.map((field) => (
        <PinnedField key={field.field} field={field} onAdd={add} />
      ))}
      {children}
      {filters.map((filter, index) =>
        isToggle(filter) ? null : (
          <FilterChip
            key={`${filter.field}:${filter.key ?? ""}:${index}`}
            filter={filter}
            field={byName.get(filter.field)}
            onChange={(next) => onChange(filters.map((other, place) => (place === index ? next : other)))}
            onRemove={() => onChange(filters.filter((_, place) => place !== index))}
          />
        ),
      )}
      {filters.length > 1 && (
        <Button variant="ghost" size="sm" onClick={() => onChange([])}>
          Clear all
        </Button>
      )}
    </div>
  );
}

function AddFilter({ fields, onAdd }: { fields: readonly FilterField[]; onAdd: (filter: Filter) => void }) {
  const [open, setOpen] = useState(false);
  const [field, setField] = useState<FilterField>();
  return (
    <Popover
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        if (next) setField(undefined);
      }}
      label="Add a filter"
      className={field ? "p-3" : "overflow-hidden p-0"}
      trigger={
        <Button size="sm" data-add-filter>
          <ListFilter /> Filter
        </Button>
      }
    >
      {field ? (
        <FilterEditor
          key={field.field}
          field={field}
          onBack={() => setField(undefined)}
          onApply={(filter) => {
            onAdd(filter);
            setOpen(false);
          }}
        />
      ) : (
        <FieldList fields={fields} onChoose={setField} />
      )}
    </Popover>
  );
}

function PinnedField({ field, onAdd }: { field: FilterField; onAdd: (filter: Filter) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label={`Filter by ${field.label}`}
      trigger={
        <button type="button" className={cn(CHIP, "gap-1 border-dashed border-line-strong px-2 font-medium text-muted hover:bg-hover hover:text-ink max-md:hidden")}>
          <Plus aria-hidden className="size-3" /> {field.label}
        </button>
      }
    >
      <FilterEditor
        field={field}
        onApply={(filter) => {
          onAdd(filter);
          setOpen(false);
        }}
      />
    </Popover>
  );
}

interface FilterChipProps {
  filter: Filter;
  /** `undefined` for a condition on an unknown field. */
  field: FilterField | undefined;
  onChange: (filter: Filter) => void;
  onRemove: () => void;
}

/** One condition; a click changes it. */
export function FilterChip({ filter, field, onChange, onRemove }: FilterChipProps) {
  const [open, setOpen] = useState(false);
  const { subject, operator, value } = describeFilter(filter, field);
  const words = `${subject} ${operator} ${value}`.trim();
  const text = (
    <>
      <span className="min-w-0 shrink truncate font-medium text-ink">{subject}</span>
      <span className="shrink-0 text-muted">{operator}</span>
      {value && <span className="min-w-0 truncate text-ink">{value}</span>}
    </>
  );
  return (
    <span className={cn(CHIP, "border-line bg-surface shadow-sm")} data-filter-chip={filter.field}>
      {field ? (
        <Popover
          open={open}
          onOpenChange={setOpen}
          label={`Change ${words}`}
          trigger={
            <button type="button" title={words} className="flex h-full min-w-0 items-center gap-1.5 rounded-s-md ps-2 pe-1 hover:bg-hover">
              {text}
            </button>
          }
        >
          <FilterEditor
            field={field}
            filter={filter}
            onApply={(next) => {
              onChange(next);
              setOpen(false);
            }}
          />
        </Popover>
      ) : (
        <span title={words} className="flex min-w-0 items-center gap-1.5 ps-2 pe-1">
          {text}
        </span>
      )}
      <button type="button" aria-label={`Remove filter ${words}`} className="flex h-full items-center rounded-e-md px-1.5 text-faint hover:bg-hover hover:text-ink" onClick={onRemove}>
        <X className="size-3" />
      </button>
    </span>
  );
}
