import type { DatasetItem } from "../model";

function cell(value: unknown): string {
  const text = value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line of a CSV file, with its end. */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(",")}\r\n`;
}

/** Items as CSV: a column per key of the data, then the tags where there are any. Texts as they are, the rest as JSON. */
export function itemsToCsv(items: readonly DatasetItem[]): string {
  const keys = [...new Set(items.flatMap((item) => Object.keys(item.data)))];
  return csvLine(keys) + items.map((item) => csvLine(keys.map((key) => item.data[key]))).join("");
}
