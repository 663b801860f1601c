import { Split } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { MenuRadio } from "@/components/ui/menu";
import { Menu } from "@/components/ui/menu";
import { Popover } from "@/components/ui/popover";
import { BREAKDOWN_LABELS, type BreakdownField } from "./definitions";

interface BreakdownPickerProps {
  fields: readonly BreakdownField[];
  field: BreakdownField;
  metadataKey: string;
  onChange: (field: BreakdownField, metadataKey: string) => void;
}

/** Chooses what charts are split by. */
export function BreakdownPicker({ fields, field, metadataKey, onChange }: BreakdownPickerProps) {
  const options = (["none", ...fields] as const).map((option) => [option, BREAKDOWN_LABELS[option]] as const);
  return (
    <span className="inline-flex items-center gap-1.5">
      <Menu
        align="start"
        trigger={
          <Button aria-label={`Break down by: ${BREAKDOWN_LABELS[field]}`}>
            <Split />
            <span className="text-muted">Break down</span>
            {field !== "none" && <span>{BREAKDOWN_LABELS[field]}</span>}
          </Button>
        }
      >
        <MenuRadio
          value={field}
          onValueChange={(next) => {
            const chosen = fields.find((candidate) => candidate === next) ?? "none";
            onChange(chosen, chosen === "metadata" ? metadataKey : "");
          }}
          options={options}
        />
      </Menu>
      {field === "metadata" && <KeyPicker metadataKey={metadataKey} onChange={(key) => onChange("metadata", key)} />}
    </span>
  );
}

function KeyPicker({ metadataKey, onChange }: { metadataKey: string; onChange: (key: string) => void }) {
  const [open, setOpen] = useState(metadataKey === "");
  const [text, setText] = useState(metadataKey);
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label="Metadata key"
      className="w-72"
      trigger={<Button className="max-w-56">{metadataKey ? <span className="truncate font-mono">{metadataKey}</span> : "Choose a key…"}</Button>}
    >
      <form
        className="flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (!text.trim()) return;
          onChange(text.trim());
          setOpen(false);
        }}
      >
        <Field label="Metadata key" className="flex-1">
          {(control) => <Input {...control} autoFocus placeholder="model" value={text} onChange={(event) => setText(event.target.value)} />}
        </Field>
        <Button type="submit" disabled={!text.trim()}>
          Split
        </Button>
      </form>
    </Popover>
  );
}
