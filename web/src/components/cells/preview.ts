import { prettyText } from "@/lib/payload/pretty";

/** UTF-16 units of a preview; a cell shows less. */
const MAX_PREVIEW = 4000;

const cache = new WeakMap<object, Map<string, string>>();

/** JSON of a value, cut: only what the preview needs is written out. */
function compactJson(value: unknown): string {
  if (typeof value === "string") return value;
  let budget = MAX_PREVIEW;
  // Leaves out what lies behind the end of the preview, so that megabytes are not written for a line.
  const text: unknown = JSON.stringify(value, (_, part: unknown) => {
    if (budget <= 0) return undefined;
    if (typeof part === "string") {
      budget -= part.length + 4;
      return part.length > MAX_PREVIEW ? part.slice(0, MAX_PREVIEW) : part;
    }
    budget -= 4;
    return part;
  });
  return typeof text === "string" ? text : "";
}

/** Takes the marks of Markdown away that only disturb in a line of text. */
function plainText(markdown: string): string {
  return markdown
    .replace(/(\*\*|__)(\S[^*_\n]{0,300}?)\1/g, "$2")
    .replace(/`([^`\n]{1,300})`/g, "$1")
    .replace(/^#{1,6} +/gm, "")
    .replace(/\[([^\]\n]{1,300})\]\((?:https?:|\/)[^)\s]{0,500}\)/g, "$1");
}

function computed(value: unknown, side: "input" | "output"): string {
  const pretty = prettyText(value, side);
  if (!pretty) return compactJson(value).slice(0, MAX_PREVIEW);
  const words = pretty.text.slice(0, MAX_PREVIEW);
  return pretty.markdown ? plainText(words) : words;
}

/**
 * What a cell shows of a payload: the words in it, or its JSON when there are none. "" for nothing. Remembered for as long
 * as the row is.
 */
export function previewText(value: unknown, side: "input" | "output"): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return computed(value, side);
  const known = cache.get(value);
  const text = known?.get(side) ?? computed(value, side);
  if (!known?.has(side)) cache.set(value, (known ?? new Map<string, string>()).set(side, text));
  return text;
}

/** The JSON text of a payload, for showing where a search has matched outside of the words. */
export function rawText(value: unknown): string {
  return value === null || value === undefined ? "" : compactJson(value);
}
