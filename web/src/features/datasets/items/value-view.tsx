import { PayloadView } from "@/components/payload";

/** Texts longer than this, in characters, are looked at before they are edited. */
const LONG_CHARS = 20_000;

/** Texts up to this length are shown as they are, without tools around them. */
const PLAIN_CHARS = 400;

/** Whether a value is better shown than put into a text field. */
export function isLongText(value: unknown): boolean {
  return typeof value === "string" && (value.length > LONG_CHARS || /^data:[\w.+-]+\/[\w.+-]+;base64,/.test(value));
}

/** A value of an item, to look at. */
export function ValueView({ name, value }: { name: string; value: unknown }) {
  const isPlain = value === null || typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && value.length <= PLAIN_CHARS);
  if (!isPlain) return <PayloadView title={name} value={value} storageKey="dataset-item" />;
  return <p className="rounded-md border border-line bg-sunken px-2.5 py-1.5 break-words whitespace-pre-wrap">{value === "" ? <span className="text-faint">Empty</span> : String(value)}</p>;
}
