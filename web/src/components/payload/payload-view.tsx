import { ChevronDown, ChevronUp, Download, Search, X } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { IconButton } from "@/components/ui/button";
import { Segmented } from "@/components/ui/choice";
import { CopyButton } from "@/components/ui/copy-button";
import { downloadText } from "@/lib/clipboard";
import { cn } from "@/lib/cn";
import { formatBytes, slugOf } from "@/lib/format";
import { formatJson, isEmpty, prettyText, type PrettyText, type Side, toYaml, withoutMedia } from "@/lib/payload";
import { useStoredState } from "@/lib/stored-state";
import { JsonTree } from "./json-tree";
import { PlainText, SafeMarkdown } from "./safe-markdown";
import { markCurrent, useTextHighlight } from "./text-highlight";
import { TextView } from "./text-view";
import { type BlockSearch, useBlockSearch } from "./use-block-search";

type Mode = "pretty" | "json" | "yaml" | "raw";

const MODES: readonly { value: Mode; label: string }[] = [
  { value: "pretty", label: "Pretty" },
  { value: "json", label: "JSON" },
  { value: "yaml", label: "YAML" },
  { value: "raw", label: "Raw" },
];

interface PayloadViewProps {
  value: unknown;
  title: string;
  /** Which side of a trace the value is: gives it a colour and lets "Pretty" find its words. */
  side?: Side;
  /** Remembers the way of showing under this name. */
  storageKey?: string;
  /** Offers to filter the list behind by a scalar; gets the path in the value. */
  onFilter?: (path: string, value: string) => void;
  /** Tools of the caller, before the usual ones. */
  tools?: ReactNode;
  /** Begins folded to its title. */
  isFolded?: boolean;
  className?: string;
}

/**
 * A JSON value of a trace in any size: its words as Markdown, the value as a tree, as YAML or as text, with search,
 * folding, copy and download. What is costly is only made for what is on the screen.
 */
export function PayloadView({ value, title, side, storageKey, onFilter, tools, isFolded, className }: PayloadViewProps) {
  const [mode, setMode] = useStoredState<Mode>(`payload-mode:${storageKey ?? side ?? "json"}`, side ? "pretty" : "json");
  const [isOpen, setIsOpen] = useState(!isFolded);
  const [isSearching, setIsSearching] = useState(false);
  const search = useBlockSearch();
  const light = useMemo(() => withoutMedia(value), [value]);
  const pretty = useMemo(() => prettyText(light.value, side ?? "output"), [light, side]);
  const isText = typeof light.value === "string";
  const hasPretty = pretty !== null && (side !== undefined || isText);
  const shownMode: Mode = mode === "pretty" && !hasPretty ? (isText ? "raw" : "json") : mode;
  const isNothing = isEmpty(value);
  const closeSearch = () => {
    setIsSearching(false);
    search.setQuery("");
  };
  return (
    <section aria-label={title} className={cn("@container group/block min-w-0 overflow-hidden rounded-lg border border-line bg-surface", className)}>
      <header className="flex min-h-9 items-center gap-1 ps-2 pe-1.5">
        <button type="button" aria-expanded={isOpen} className="flex min-w-16 items-center gap-1.5 rounded-sm py-1 text-sm font-semibold" onClick={() => setIsOpen(!isOpen)}>
          <ChevronDown aria-hidden className={cn("size-3.5 text-faint transition-transform", !isOpen && "-rotate-90")} />
          {side && <span aria-hidden className={cn("size-2 rounded-full", side === "input" ? "bg-side-input" : "bg-side-output")} />}
          <span className="truncate">{title}</span>
        </button>
        <PayloadSize value={light.value} />
        <span className="flex-1" />
        {tools}
        {isOpen && !isNothing && (
          <>
            <IconButton label="Search in this block" size="xs" aria-pressed={isSearching} onClick={() => (isSearching ? closeSearch() : setIsSearching(true))}>
              <Search />
            </IconButton>
            <CopyButton size="xs" text={() => textOf(value)} />
            <IconButton label="Download" size="xs" onClick={() => downloadText(`${slugOf(title)}.${isText ? "txt" : "json"}`, textOf(value), isText ? "text/plain" : "application/json")}>
              <Download />
            </IconButton>
            <Segmented
              size="sm"
              label={`Show ${title.toLowerCase()} as`}
              value={shownMode}
              onValueChange={setMode}
              options={MODES.filter((option) => option.value !== "pretty" || hasPretty)}
              className="ms-1 @max-md:hidden"
            />
            <select
              aria-label={`Show ${title.toLowerCase()} as`}
              value={shownMode}
              onChange={(event) => setMode(MODES.find((option) => option.value === event.target.value)?.value ?? "json")}
              className="h-6 rounded-sm border border-line bg-surface px-1 text-xs text-muted @md:hidden"
            >
              {MODES.filter((option) => option.value !== "pretty" || hasPretty).map((option) => (
                <option key={option.value} value={option.value}>
                  {option.label}
                </option>
              ))}
            </select>
          </>
        )}
      </header>
      {isOpen && isSearching && <SearchBar search={search} onClose={closeSearch} />}
      {isOpen && (
        <div className={cn("border-t border-line", side === "input" && "shadow-[inset_2px_0_0_var(--side-input)]", side === "output" && "shadow-[inset_2px_0_0_var(--side-output)]")}>
          {isNothing ? (
            <p className="px-3 py-2.5 text-sm text-faint">Nothing was logged</p>
          ) : (
            <PayloadBody value={light.value} mode={shownMode} pretty={pretty} title={title} search={search} onFilter={onFilter} />
          )}
        </div>
      )}
    </section>
  );
}

/** The text that a value is copied and saved as. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** Roughly how large a value is, walking a bounded part of it. */
function sizeOf(value: unknown): { chars: number; isMore: boolean } {
  let nodes = 20_000;
  let chars = 0;
  const stack = [value];
  while (stack.length > 0 && nodes > 0) {
    const next = stack.pop();
    nodes -= 1;
    if (typeof next === "string") chars += next.length + 2;
    else if (Array.isArray(next)) {
      for (let index = 0; index < Math.min(next.length, 20_000); index += 1) stack.push(next[index]);
    } else if (typeof next === "object" && next !== null) {
      for (const [key, item] of Object.entries(next)) {
        chars += key.length + 4;
        stack.push(item);
      }
    } else chars += String(next).length + 1;
  }
  return { chars, isMore: stack.length > 0 };
}

function PayloadSize({ value }: { value: unknown }) {
  const size = useMemo(() => sizeOf(value), [value]);
  if (size.chars < 1_000) return null;
  return (
    <span className="tabular text-xs text-faint">
      {size.isMore && "over "}
      {formatBytes(size.chars)}
    </span>
  );
}

interface PayloadBodyProps {
  value: unknown;
  mode: Mode;
  pretty: PrettyText | null;
  title: string;
  search: BlockSearch;
  onFilter?: ((path: string, value: string) => void) | undefined;
}

function PayloadBody({ value, mode, pretty, title, search, onFilter }: PayloadBodyProps) {
  if (mode === "pretty" && pretty) return <PrettyView pretty={pretty} search={search} />;
  if (mode === "yaml") return <YamlView value={value} search={search} label={title} />;
  if (mode === "raw" || typeof value === "string") return <RawView value={value} search={search} label={title} />;
  return <JsonTree value={value} search={search} label={title} onFilter={onFilter} />;
}

function PrettyView({ pretty, search }: { pretty: PrettyText; search: BlockSearch }) {
  const root = useRef<HTMLDivElement>(null);
  const ranges = useRef<readonly Range[]>([]);
  const { setCount, index, query, count } = search;
  const onRanges = useCallback(
    (found: readonly Range[]) => {
      ranges.current = found;
      setCount(found.length);
    },
    [setCount],
  );
  useTextHighlight(root, query, onRanges);
  useEffect(() => {
    const range = query === "" ? undefined : ranges.current[index];
    markCurrent(range);
    range?.startContainer.parentElement?.scrollIntoView({ block: "nearest" });
    return () => markCurrent(undefined);
  }, [index, query, count]);
  return (
    <div ref={root} className="px-3.5 py-2.5 text-sm">
      {pretty.markdown ? <SafeMarkdown text={pretty.text} /> : <PlainText text={pretty.text} />}
    </div>
  );
}

function YamlView({ value, search, label }: { value: unknown; search: BlockSearch; label: string }) {
  const written = useMemo(() => toYaml(value), [value]);
  return (
    <>
      <TextView text={written.text} search={search} label={label} />
      {written.isCut && <p className="border-t border-line px-3 py-1.5 text-xs text-muted">Only the beginning is shown. Copy or download to see all of it.</p>}
    </>
  );
}

function RawView({ value, search, label }: { value: unknown; search: BlockSearch; label: string }) {
  const written = useMemo(() => (typeof value === "string" ? { text: value, isCut: false } : formatJson(value)), [value]);
  return (
    <>
      <TextView text={written.text} search={search} label={label} />
      {written.isCut && <p className="border-t border-line px-3 py-1.5 text-xs text-muted">Only the beginning is shown. Copy or download to see all of it.</p>}
    </>
  );
}

interface SearchBarProps {
  search: ReturnType<typeof useBlockSearch>;
  onClose: () => void;
}

function SearchBar({ search, onClose }: SearchBarProps) {
  return (
    <div className="flex items-center gap-1 border-t border-line bg-sunken px-2 py-1">
      <input
        autoFocus
        type="search"
        aria-label="Search in this block"
        placeholder="Search in this block"
        value={search.query}
        onChange={(event) => search.setQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") search.step(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") {
            event.stopPropagation();
            event.nativeEvent.stopImmediatePropagation();
            onClose();
          }
        }}
        className="h-6 min-w-0 flex-1 bg-transparent px-1 text-sm [&::-webkit-search-cancel-button]:hidden"
      />
      <span aria-live="polite" className="tabular text-xs text-muted">
        {search.query && (search.count === 0 ? "No match" : `${search.index + 1} of ${search.count}`)}
      </span>
      <IconButton label="Previous match" size="xs" disabled={search.count === 0} onClick={() => search.step(-1)}>
        <ChevronUp />
      </IconButton>
      <IconButton label="Next match" size="xs" disabled={search.count === 0} onClick={() => search.step(1)}>
        <ChevronDown />
      </IconButton>
      <IconButton label="Close the search" size="xs" onClick={onClose}>
        <X />
      </IconButton>
    </div>
  );
}
