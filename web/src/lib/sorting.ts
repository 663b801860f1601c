import type { SortKey } from "@/components/data-table/columns";
import { type Codec, jsonCodec, useUrlState } from "./url-state";

function isSorting(value: unknown): value is SortKey[] {
  return (
    Array.isArray(value) &&
    value.every((key: unknown) => typeof key === "object" && key !== null && "field" in key && typeof key.field === "string" && "direction" in key && (key.direction === "ASC" || key.direction === "DESC"))
  );
}

/** An order of rows in the URL, as the API takes it. */
export const sortingCodec: Codec<SortKey[]> = jsonCodec(isSorting);
const NONE: SortKey[] = [];

/** The order of a table, kept in the URL, and as the text that the API takes. */
export function useSortingState(key = "sorting"): { sorting: SortKey[]; setSorting: (sorting: SortKey[]) => void; sortingParam: string | undefined } {
  const [sorting, setSorting] = useUrlState(key, sortingCodec, NONE);
  return { sorting, setSorting, sortingParam: sorting.length > 0 ? JSON.stringify(sorting) : undefined };
}
