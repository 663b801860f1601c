import { createContext, type ReactNode, useContext } from "react";

const Context = createContext("");

/** Marks left after this many; the first ones are what a reader looks at. */
const MAX_MARKS = 40;

/** Lets the cells inside mark the words that were searched for. */
export function HighlightProvider({ text, children }: { text: string; children: ReactNode }) {
  return <Context value={text.trim().toLowerCase()}>{children}</Context>;
}

/** The words searched for, in lower case; "" without a search. */
export function useHighlight(): string {
  return useContext(Context);
}

/** Text with the words that were searched for marked. */
export function Highlighted({ text }: { text: string }) {
  const wanted = useContext(Context);
  if (wanted === "") return text;
  const parts = splitMatches(text, wanted);
  if (parts.length === 1) return text;
  return parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part));
}

/** Cuts a text into parts before, at and after each match: matches are at odd places. `wanted` is in lower case. */
export function splitMatches(text: string, wanted: string): string[] {
  const lower = text.toLowerCase();
  // Lower case may be longer than the text in a few alphabets; places would then be wrong.
  if (wanted === "" || lower.length !== text.length) return [text];
  const parts: string[] = [];
  let from = 0;
  while (parts.length < MAX_MARKS * 2) {
    const at = lower.indexOf(wanted, from);
    if (at < 0) break;
    parts.push(text.slice(from, at), text.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  return [...parts, text.slice(from)];
}

/** Characters kept before the first match when the beginning of a text is left out. */
const LEAD = 24;

/** The part of a text that a cell shows: its beginning, or the surroundings of the first match when that lies further on. */
export function excerpt(text: string, wanted: string, chars: number): string {
  const at = wanted === "" ? -1 : text.toLowerCase().indexOf(wanted);
  if (at < 0 || at + wanted.length <= chars / 2) return text.slice(0, chars);
  const from = Math.max(0, at - LEAD);
  return `${from > 0 ? "…" : ""}${text.slice(from, from + chars)}`;
}
