import type { SortKey } from "@/components/data-table/columns";
import { type Codec, useUrlState } from "./url-state";

/** A sort key as the URL has it, `{id, desc}`, or as the API has it, `{field, direction}`: there are links of both kinds. */
function keyOf(value: unknown): SortKey | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if ("id" in value && typeof value.id === "string" && "desc" in value && typeof value.desc === "boolean") {
    return { field: value.id, direction: value.desc ? "DESC" : "ASC" };
  }
  if ("field" in value && typeof value.field === "string" && "direction" in value && (value.direction === "ASC" || value.direction === "DESC")) {
    return { field: value.field, direction: value.direction };
  }
  return undefined;
}

function keysOf(value: unknown): SortKey[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const keys = value.flatMap((entry) => keyOf(entry) ?? []);
  return keys.length === value.length ? keys : undefined;
}

/** An order of rows in the URL: `[{"id":"duration","desc":true}]`, the shape that links of others have. */
export const sortingCodec: Codec<SortKey[]> = {
  parse: (text) => {
    try {
      return keysOf(JSON.parse(text));
    } catch {
      return undefined;
    }
  },
  format: (sorting) => (sorting.length === 0 ? undefined : JSON.stringify(sorting.map(({ field, direction }) => ({ id: field, desc: direction === "DESC" })))),
};

const NONE: SortKey[] = [];

/** The order of a table, kept in the URL, and as the text that the API takes. */
export function useSortingState(key = "sorting"): { sorting: SortKey[]; setSorting: (sorting: SortKey[]) => void; sortingParam: string | undefined } {
  const [sorting, setSorting] = useUrlState(key, sortingCodec, NONE);
  return { sorting, setSorting, sortingParam: sorting.length > 0 ? JSON.stringify(sorting) : undefined };
}
