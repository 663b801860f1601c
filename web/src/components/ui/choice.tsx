import { Check, Minus } from "lucide-react";
import { Checkbox as RadixCheckbox, Switch as RadixSwitch, ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

interface CheckboxProps {
  checked: boolean | "indeterminate";
  onCheckedChange: (checked: boolean) => void;
  /** Name for screen readers when no visible label is tied to it. */
  label?: string;
  id?: string;
  disabled?: boolean;
  className?: string;
}

const CHECKBOX_LOOK =
  "inline-flex size-4 shrink-0 items-center justify-center rounded-sm border border-line-strong bg-surface align-middle text-on-solid disabled:opacity-50 data-[state=checked]:border-solid data-[state=checked]:bg-solid data-[state=indeterminate]:border-solid data-[state=indeterminate]:bg-solid";

export function Checkbox({ checked, onCheckedChange, label, className, ...props }: CheckboxProps) {
  return (
    <RadixCheckbox.Root
      checked={checked}
      onCheckedChange={(next) => onCheckedChange(next === true)}
      aria-label={label}
      className={cn(CHECKBOX_LOOK, className)}
      {...props}
    >
      <RadixCheckbox.Indicator>{checked === "indeterminate" ? <Minus className="size-3" strokeWidth={3} /> : <Check className="size-3" strokeWidth={3} />}</RadixCheckbox.Indicator>
    </RadixCheckbox.Root>
  );
}

interface RowCheckboxProps {
  checked: boolean;
  label: string;
}

/** The checkbox of a table's row, whose cell answers clicks. Made of one element, because a row is drawn in a fraction of a frame. */
export function RowCheckbox({ checked, label }: RowCheckboxProps) {
  return (
    <button type="button" role="checkbox" aria-checked={checked} aria-label={label} data-state={checked ? "checked" : "unchecked"} className={CHECKBOX_LOOK}>
      {checked && <Check className="size-3" strokeWidth={3} />}
    </button>
  );
}

interface SwitchProps {
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
  label?: string;
  id?: string;
  disabled?: boolean;
}

export function Switch({ label, ...props }: SwitchProps) {
  return (
    <RadixSwitch.Root
      aria-label={label}
      className="inline-flex h-4.5 w-8 shrink-0 items-center rounded-full bg-line-strong p-0.5 transition-colors disabled:opacity-50 data-[state=checked]:bg-accent"
      {...props}
    >
      <RadixSwitch.Thumb className="block size-3.5 rounded-full bg-surface shadow-sm transition-transform data-[state=checked]:translate-x-3.5" />
    </RadixSwitch.Root>
  );
}

interface SegmentedProps<Value extends string> {
  value: Value;
  onValueChange: (value: Value) => void;
  label: string;
  options: readonly { value: Value; label: ReactNode; /** For options that are only an icon. */ name?: string; disabled?: boolean }[];
  size?: "sm" | "md";
  className?: string;
}

/** A few options side by side, one of which is on. A radio group to the keyboard and to screen readers. */
export function Segmented<Value extends string>({ value, onValueChange, label, options, size = "md", className }: SegmentedProps<Value>) {
  return (
    <ToggleGroup.Root
      type="single"
      value={value}
      onValueChange={(next) => {
        const option = options.find((candidate) => candidate.value === next);
        if (option) onValueChange(option.value);
      }}
      aria-label={label}
      role="radiogroup"
      className={cn("inline-flex shrink-0 items-center rounded-md border border-line bg-sunken p-0.5", className)}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          aria-label={option.name}
          disabled={option.disabled ?? false}
          className={cn(
            "inline-flex items-center gap-1.5 rounded-sm font-medium whitespace-nowrap text-muted transition-colors hover:text-ink disabled:opacity-50",
            "data-[state=on]:bg-raised data-[state=on]:text-ink data-[state=on]:shadow-sm [&_svg]:size-3.5",
            size === "sm" ? "h-5.5 px-1.5 text-xs" : "h-6.5 px-2.5 text-sm",
          )}
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
