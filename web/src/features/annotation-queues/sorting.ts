import type { SortKey } from "@/components/data-table";
import { type Codec, jsonCodec } from "@/lib/url-state";

function isSorting(value: unknown): value is SortKey[] {
  return Array.isArray(value) && value.every((key: unknown) => typeof key === "object" && key !== null && "field" in key && typeof key.field === "string" && "direction" in key && (key.direction === "ASC" || key.direction === "DESC"));
}

/** An order of rows in the URL, as the API takes it. */
export const sortingCodec: Codec<SortKey[]> = jsonCodec(isSorting);
