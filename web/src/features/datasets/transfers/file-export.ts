import { toast } from "@/components/ui";
import { downloadText } from "@/lib/clipboard";
import { plural, slugOf } from "@/lib/format";
import type { DatasetItem } from "../model";
import { itemsToCsv } from "./csv";

export type FileFormat = "json" | "jsonl" | "csv";

/** What is written into a file: what a person would upload again. */
function record(item: DatasetItem) {
  return {
    id: item.id,
    ...item.data,
    ...(item.description ? { description: item.description } : {}),
    ...(item.tags.length > 0 ? { tags: item.tags } : {}),
    ...(item.evaluators && item.evaluators.length > 0 ? { evaluators: item.evaluators } : {}),
    ...(item.execution_policy ? { execution_policy: item.execution_policy } : {}),
  };
}

/** Characters that are joined before they become a part of the file. */
const PART_CHARS = 1_000_000;

/**
 * Offers items as a file. The text is written while the items come in, so that a large dataset is never a single text
 * in memory; CSV needs all items for its columns.
 */
export async function exportItems(name: string, format: FileFormat, items: AsyncIterable<DatasetItem>): Promise<void> {
  const fileName = `${slugOf(name)}.${format}`;
  let count = 0;
  if (format === "csv") {
    const all: DatasetItem[] = [];
    for await (const item of items) all.push(item);
    count = all.length;
    downloadText(fileName, itemsToCsv(all), "text/csv");
  } else {
    const parts: string[] = [];
    let text = format === "json" ? "[\n" : "";
    for await (const item of items) {
      const line = JSON.stringify(record(item));
      text += format === "json" ? `${count > 0 ? ",\n" : ""}${line}` : `${line}\n`;
      count += 1;
      if (text.length > PART_CHARS) {
        parts.push(text);
        text = "";
      }
    }
    parts.push(format === "json" ? `${text}\n]\n` : text);
    downloadText(fileName, new Blob(parts, { type: format === "json" ? "application/json" : "application/x-ndjson" }));
  }
  toast.good(`Exported ${plural(count, "item")}`, fileName);
}
