import { CodeEditor } from "@/components/code-editor";
import { formatJson } from "./json";

/** Texts longer than this, in characters, or with media in them are looked at before they are edited. */
const LONG_CHARS = 20_000;

/** Whether a value is better shown than put into a text field. */
export function isLongText(value: unknown): boolean {
  return typeof value === "string" && (value.length > LONG_CHARS || /^data:[\w.+-]+\/[\w.+-]+;base64,/.test(value));
}

/** A value of an item, to look at. */
export function ValueView({ name, value }: { name: string; value: unknown }) {
  if (typeof value === "string" && value.length < LONG_CHARS) return <p className="rounded-md border border-line bg-sunken px-2.5 py-1.5 break-words whitespace-pre-wrap">{value || <span className="text-faint">Empty</span>}</p>;
  return <CodeEditor label={name} readOnly language={typeof value === "string" ? "text" : "json"} value={typeof value === "string" ? value : formatJson(value)} />;
}
