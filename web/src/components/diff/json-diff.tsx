import { useMemo } from "react";
import { formatJson } from "@/lib/payload/json-tree";
import { TextDiff, type TextDiffProps } from "./text-diff";

interface JsonDiffProps extends Omit<TextDiffProps, "before" | "after"> {
  before: unknown;
  after: unknown;
}

/** Differences of two JSON values, as indented text. A value that is absent counts as an empty text. */
export function JsonDiff({ before, after, ...props }: JsonDiffProps) {
  const texts = useMemo(() => [before, after].map((value) => (value === undefined || value === null ? "" : formatJson(value).text)), [before, after]);
  return <TextDiff before={texts[0] ?? ""} after={texts[1] ?? ""} {...props} />;
}
