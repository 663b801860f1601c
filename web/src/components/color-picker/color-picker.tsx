import { Check } from "lucide-react";
import { Input } from "@/components/ui/field";
import { Popover } from "@/components/ui/popover";
import { isHexColor, PALETTE } from "./palette";

interface ColorPickerProps {
  /** `#rrggbb`; none while the thing has no colour of its own. */
  value: string | undefined;
  /** CSS colour that is shown while there is none. */
  fallback?: string;
  onValueChange: (value: string) => void;
  /** Says whose colour it is. */
  label: string;
  id?: string;
}

/** Chooses a colour out of a few that go together, or any other by its code. */
export function ColorPicker({ value, fallback = PALETTE[0], onValueChange, label, id }: ColorPickerProps) {
  return (
    <Popover
      label={label}
      className="w-56"
      trigger={
        <button id={id} type="button" aria-label={`${label}: ${value ?? "default"}`} className="inline-flex h-8 items-center gap-2 self-start rounded-md border border-line-strong/80 bg-surface px-2 text-sm shadow-sm hover:bg-hover">
          <span aria-hidden className="size-4 rounded-full" style={{ background: value ?? fallback }} />
          <span className="font-mono text-xs text-muted">{value ?? "Default"}</span>
        </button>
      }
    >
      <div role="radiogroup" aria-label="Colours" className="grid grid-cols-6 gap-1.5">
        {PALETTE.map((color) => (
          <button
            key={color}
            type="button"
            role="radio"
            aria-checked={color === value?.toLowerCase()}
            aria-label={color}
            className="flex size-7 items-center justify-center rounded-full text-on-solid"
            style={{ background: color }}
            onClick={() => onValueChange(color)}
          >
            {color === value?.toLowerCase() && <Check className="size-3.5" strokeWidth={3} />}
          </button>
        ))}
      </div>
      <div className="mt-3 flex items-center gap-2">
        <input type="color" aria-label="Any colour" value={value !== undefined && isHexColor(value) ? value : PALETTE[0]} onChange={(event) => onValueChange(event.target.value)} className="size-8 shrink-0 cursor-pointer rounded-md border border-line bg-surface p-0.5" />
        <Input aria-label="Colour code" className="font-mono text-xs" maxLength={7} value={value ?? ""} placeholder="#rrggbb" aria-invalid={value !== undefined && !isHexColor(value)} onChange={(event) => onValueChange(event.target.value)} />
      </div>
    </Popover>
  );
}
