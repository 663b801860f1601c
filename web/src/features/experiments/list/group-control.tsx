import { ArrowUp, Layers, Plus, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/components/ui/button";
import { Combobox } from "@/components/ui/combobox";
import { Popover } from "@/components/ui/popover";
import { type GroupField, groupFieldLabel, MAX_GROUP_LEVELS } from "../model/groups";

interface GroupControlProps {
  fields: readonly GroupField[];
  metadataKeys: readonly string[];
  onChange: (fields: GroupField[]) => void;
}

const valueOf = (field: GroupField) => (field.field === "metadata" ? `metadata.${field.key ?? ""}` : field.field);

function fieldOf(value: string): GroupField {
  if (value === "dataset_id" || value === "tags") return { field: value };
  return { field: "metadata", key: value.replace(/^metadata\./, "") };
}

/** Chooses by what experiments are grouped, outermost level first. */
export function GroupControl({ fields, metadataKeys, onChange }: GroupControlProps) {
  const [open, setOpen] = useState(false);
  const used = new Set(fields.map(valueOf));
  const options = [
    { value: "dataset_id", label: "Dataset" },
    { value: "tags", label: "Tag" },
    ...metadataKeys.map((key) => ({ value: `metadata.${key}`, label: key, hint: "configuration" })),
  ].filter(({ value }) => !used.has(value));
  const move = (place: number) => {
    const next = [...fields];
    const [field] = next.splice(place, 1);
    if (field) next.splice(place - 1, 0, field);
    onChange(next);
  };
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label="Groups"
      className="w-80 p-2"
      trigger={
        <Button aria-label={fields.length > 0 ? `Grouped by ${fields.map(groupFieldLabel).join(", ")}` : "Group"}>
          <Layers />
          {fields.length > 0 ? <span className="max-w-64 truncate">By {fields.map(groupFieldLabel).join(" › ")}</span> : "Group"}
        </Button>
      }
    >
      <ol className="flex flex-col">
        {fields.map((field, place) => (
          <li key={valueOf(field)} className="flex h-8 items-center gap-2 rounded-md px-2 hover:bg-hover">
            <span className="tabular text-xs text-faint">{place + 1}</span>
            <span className="min-w-0 flex-1 truncate text-sm">{groupFieldLabel(field)}</span>
            <IconButton size="xs" label={`Move ${groupFieldLabel(field)} outwards`} disabled={place === 0} onClick={() => move(place)}>
              <ArrowUp />
            </IconButton>
            <IconButton size="xs" label={`Stop grouping by ${groupFieldLabel(field)}`} onClick={() => onChange(fields.filter((other) => other !== field))}>
              <X />
            </IconButton>
          </li>
        ))}
      </ol>
      {fields.length === 0 && <p className="px-2 py-1 text-sm text-muted">Experiments with the same value stand together, with their averages.</p>}
      {fields.length < MAX_GROUP_LEVELS && (
        <Combobox
          value={undefined}
          label="Group by"
          allowCustom
          options={options}
          onValueChange={(value) => {
            const field = fieldOf(value);
            if (!used.has(valueOf(field))) onChange([...fields, field]);
          }}
          trigger={
            <Button size="sm" variant="ghost" className="mt-1 w-full justify-start">
              <Plus /> Add a level
            </Button>
          }
        />
      )}
    </Popover>
  );
}
