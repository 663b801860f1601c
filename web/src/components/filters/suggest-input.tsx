import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { Input } from "@/components/ui/field";
import { cn } from "@/lib/cn";

const MAX_SHOWN = 50;

interface SuggestInputProps {
  value: string;
  onValueChange: (value: string) => void;
  suggestions: readonly string[];
  label: string;
  placeholder?: string;
  /** A suggestion was taken, by mouse or with Enter. */
  onPick?: (value: string) => void;
  autoFocus?: boolean;
  inputMode?: "text" | "decimal";
}

/** A text field that proposes values below it and takes any other as well. */
export function SuggestInput({ value, onValueChange, suggestions, label, placeholder, onPick, autoFocus, inputMode }: SuggestInputProps) {
  const listId = useId();
  const [active, setActive] = useState(-1);
  const shown = useMemo(() => {
    const wanted = value.trim().toLowerCase();
    const isChosen = suggestions.includes(value);
    return suggestions.filter((item) => isChosen || item.toLowerCase().includes(wanted)).slice(0, MAX_SHOWN);
  }, [suggestions, value]);
  const pick = (item: string) => {
    onValueChange(item);
    setActive(-1);
    onPick?.(item);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((before) => Math.max(-1, Math.min(shown.length - 1, before + step)));
      return;
    }
    const item = shown[active];
    if (event.key === "Enter" && item !== undefined) {
      event.preventDefault();
      pick(item);
    }
  };
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <Input
        role="combobox"
        aria-label={label}
        aria-expanded={shown.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `${listId}-${active}` : undefined}
        placeholder={placeholder ?? label}
        autoFocus={autoFocus}
        inputMode={inputMode}
        value={value}
        onChange={(event) => {
          setActive(-1);
          onValueChange(event.target.value);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={listId} role="listbox" aria-label={`${label}: suggestions`} className={cn("max-h-44 overflow-y-auto", shown.length === 0 && "hidden")}>
        {shown.map((item, index) => (
          <li
            key={item}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={item === value}
            className={cn("flex h-7 cursor-pointer items-center truncate rounded-md px-2 text-sm hover:bg-hover", index === active && "bg-hover", item === value && "font-medium text-accent")}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => pick(item)}
          >
            <span className="truncate">{item}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
