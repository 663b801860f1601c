import type { SortKey } from "@/components/data-table";
import { type Codec, jsonCodec } from "@/lib/url-state";

interface UrlSort {
  id: string;
  desc: boolean;
}

function isUrlSort(value: unknown): value is UrlSort {
  if (typeof value !== "object" || value === null || !("id" in value) || !("desc" in value)) return false;
  return typeof value.id === "string" && typeof value.desc === "boolean";
}

function isUrlSorts(value: unknown): value is UrlSort[] {
  return Array.isArray(value) && value.every(isUrlSort);
}

const json = jsonCodec(isUrlSorts);

/** An order of rows in the URL: `[{"id":"duration","desc":true}]`. */
export const sortingCodec: Codec<SortKey[]> = {
  parse: (text) => json.parse(text)?.map(({ id, desc }) => ({ field: id, direction: desc ? "DESC" : "ASC" })),
  format: (sorting) => json.format(sorting.map(({ field, direction }) => ({ id: field, desc: direction === "DESC" }))),
};
