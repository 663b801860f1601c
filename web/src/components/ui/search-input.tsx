import { Search, X } from "lucide-react";
import { type ComponentProps, useEffect, useState } from "react";
import { cn } from "@/lib/cn";
import { Input } from "./field";

interface SearchInputProps extends Omit<ComponentProps<"input">, "value" | "onChange"> {
  value: string;
  /** Called when typing has paused, and at once on Enter and on clearing. */
  onValueChange: (value: string) => void;
  /** Says what is searched. */
  label: string;
}

/** Milliseconds without typing after which the search runs. */
const PAUSE = 250;

/** A search field that does not run a search for every letter. `/` focuses the page's one (see the shortcuts). */
export function SearchInput({ value, onValueChange, label, className, ...props }: SearchInputProps) {
  const [draft, setDraft] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setDraft(value);
  }
  useEffect(() => {
    if (draft === value) return undefined;
    const timer = setTimeout(() => onValueChange(draft), PAUSE);
    return () => clearTimeout(timer);
  }, [draft, value, onValueChange]);
  return (
    <div className={cn("relative w-64 min-w-0", className)}>
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 size-3.5 -translate-y-1/2 text-faint" />
      <Input
        type="search"
        role="searchbox"
        aria-label={label}
        placeholder={label}
        data-testid="search-input"
        data-search
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onValueChange(draft);
          if (event.key === "Escape" && draft) {
            event.stopPropagation();
            setDraft("");
            onValueChange("");
          }
        }}
        className="ps-8 pe-7 [&::-webkit-search-cancel-button]:hidden"
        {...props}
      />
      {draft && (
        <button
          type="button"
          aria-label="Clear search"
          className="absolute top-1/2 right-1 flex size-6 -translate-y-1/2 items-center justify-center rounded-sm text-faint hover:text-ink"
          onClick={() => {
            setDraft("");
            onValueChange("");
          }}
        >
          <X className="size-3.5" />
        </button>
      )}
    </div>
  );
}
