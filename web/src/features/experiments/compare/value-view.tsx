import { useMemo } from "react";
import { formatJson } from "@/lib/payload/json-tree";
import { isObject } from "@/lib/payload/json";
import { prettyText } from "@/lib/payload/pretty";

/** A value in a few lines: its words, or its JSON. */
export function ValueView({ value, side, title }: { value: unknown; side: "input" | "output"; title: string }) {
  const isJson = isObject(value) || Array.isArray(value);
  const text = useMemo(() => (isJson ? formatJson(value).text : (prettyText(value, side)?.text ?? (value === undefined ? "" : JSON.stringify(value)))), [isJson, value, side]);
  if (value === undefined || value === null || text === "") return <span className="text-sm text-faint">Empty</span>;
  return isJson ? (
    <pre aria-label={title} className="max-h-64 overflow-auto font-mono text-xs break-words whitespace-pre-wrap">
      {text}
    </pre>
  ) : (
    <p className="text-sm break-words whitespace-pre-wrap">{text}</p>
  );
}
