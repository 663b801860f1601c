import { Command } from "cmdk";
import { Check, ChevronsUpDown, Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { cn } from "@/lib/cn";
import { Button } from "./button";
import { Popover } from "./popover";

export interface ComboboxOption {
  value: string;
  label: ReactNode;
  /** Text that typing is matched against, when the label is not text. */
  text?: string;
  hint?: ReactNode;
}

interface ComboboxProps {
  value: string | undefined;
  onValueChange: (value: string) => void;
  options: readonly ComboboxOption[];
  /** Name of what is chosen. */
  label: string;
  placeholder?: string;
  /** Takes what is typed as a value of its own. */
  allowCustom?: boolean;
  /** When given, the options come from the server and are not filtered here. */
  onSearch?: (text: string) => void;
  /** Adds an entry that makes a new thing from what is typed. */
  onCreate?: (text: string) => void;
  createLabel?: string;
  trigger?: ReactNode;
  className?: string;
  align?: "start" | "end";
  id?: string;
}

/** A choice from a long list, by typing. */
export function Combobox({
  value,
  onValueChange,
  options,
  label,
  placeholder = "Choose…",
  allowCustom,
  onSearch,
  onCreate,
  createLabel = "Create",
  trigger,
  className,
  align = "start",
  id,
}: ComboboxProps) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const chosen = options.find((option) => option.value === value);
  const choose = (next: string) => {
    onValueChange(next);
    setOpen(false);
    setText("");
  };
  const isNew = text.trim() !== "" && !options.some((option) => option.value === text.trim());
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      align={align}
      label={label}
      className="w-72 overflow-hidden p-0"
      trigger={
        trigger ?? (
          <Button id={id} role="combobox" aria-expanded={open} aria-label={label} className={cn("justify-between font-normal", className)}>
            <span className={cn("min-w-0 truncate", !value && "text-faint")}>{chosen?.label ?? value ?? placeholder}</span>
            <ChevronsUpDown className="text-faint" />
          </Button>
        )
      }
    >
      <Command label={label} shouldFilter={!onSearch} className="flex max-h-80 flex-col">
        <Command.Input
          value={text}
          onValueChange={(next) => {
            setText(next);
            onSearch?.(next);
          }}
          placeholder={`Search ${label.toLowerCase()}…`}
          className="h-9 border-b border-line bg-transparent px-3 text-sm outline-none"
        />
        <Command.List className="min-h-0 flex-1 overflow-y-auto p-1">
          {!(isNew && (allowCustom === true || onCreate !== undefined)) && <Command.Empty className="px-2 py-4 text-center text-sm text-muted">Nothing found</Command.Empty>}
          {options.map((option) => (
            <Command.Item
              key={option.value}
              value={option.value}
              keywords={[option.text ?? (typeof option.label === "string" ? option.label : option.value)]}
              onSelect={() => choose(option.value)}
              className="flex min-h-7.5 items-center gap-2 rounded-md px-2 py-1 text-sm data-[selected=true]:bg-hover"
            >
              <Check className={cn("size-3.5 shrink-0", option.value === value ? "text-accent" : "invisible")} />
              <span className="min-w-0 flex-1 truncate">{option.label}</span>
              {option.hint && <span className="text-xs text-faint">{option.hint}</span>}
            </Command.Item>
          ))}
          {isNew && allowCustom && (
            <Command.Item forceMount value={`custom:${text}`} onSelect={() => choose(text.trim())} className="flex h-7.5 items-center gap-2 rounded-md px-2 text-sm data-[selected=true]:bg-hover">
              Use “{text.trim()}”
            </Command.Item>
          )}
          {isNew && onCreate && (
            <Command.Item
              forceMount
              value={`create:${text}`}
              onSelect={() => {
                onCreate(text.trim());
                setOpen(false);
                setText("");
              }}
              className="flex h-7.5 items-center gap-2 rounded-md px-2 text-sm data-[selected=true]:bg-hover"
            >
              <Plus className="size-3.5" /> {createLabel} “{text.trim()}”
            </Command.Item>
          )}
        </Command.List>
      </Command>
    </Popover>
  );
}
