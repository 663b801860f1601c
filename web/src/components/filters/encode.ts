import type { Codec } from "@/lib/url-state";
import { type Filter, isComplete } from "./model";

/** A condition as the server takes it. */
export interface ApiFilter {
  field: string;
  type: string;
  operator: string;
  key?: string;
  value: string;
}

const MINUTE = 60_000;

function readFilter(value: unknown): Filter | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { field, type, operator, key, value: operand } = value as Record<string, unknown>;
  if (typeof field !== "string" || field === "" || typeof operator !== "string" || operator === "") return undefined;
  return {
    field,
    type: typeof type === "string" && type ? type : "string",
    operator,
    ...(typeof key === "string" && key ? { key } : {}),
    value: typeof operand === "string" ? operand : typeof operand === "number" || typeof operand === "boolean" ? String(operand) : "",
  };
}

/** Conditions in the URL: a JSON array of `{field,type,operator,key?,value}`. Whatever is not one is left out. */
export const filtersCodec: Codec<Filter[]> = {
  parse: (text) => {
    try {
      const list: unknown = JSON.parse(text);
      return Array.isArray(list) ? list.flatMap((item) => readFilter(item) ?? []) : undefined;
    } catch {
      return undefined;
    }
  },
  format: (filters) =>
    filters.length === 0
      ? undefined
      : JSON.stringify(filters.map(({ field, type, operator, key, value }) => ({ field, type, operator, ...(key ? { key } : {}), value }))),
};

/** Seconds as typed, in milliseconds; digits that floating point adds are cut off. */
function millisOf(seconds: string): string {
  return String(Number((Number(seconds) * 1000).toFixed(6)));
}

/**
 * Times are picked to the minute, so a condition means the whole minute: "until 10:15" includes 10:15:59.999, and
 * "=" becomes two conditions.
 */
function timeFilters(filter: Filter): ApiFilter[] {
  const at = Math.floor(Date.parse(filter.value) / MINUTE) * MINUTE;
  const start = new Date(at).toISOString();
  const end = new Date(at + MINUTE - 1).toISOString();
  const base = { field: filter.field, type: filter.type };
  switch (filter.operator) {
    case "=":
      return [
        { ...base, operator: ">=", value: start },
        { ...base, operator: "<=", value: end },
      ];
    case ">":
    case "<=":
      return [{ ...base, operator: filter.operator, value: end }];
    default:
      return [{ ...base, operator: filter.operator, value: start }];
  }
}

/** Conditions as the server takes them: durations in milliseconds, times with whole minutes; unfinished ones are left out. */
export function apiFilters(filters: readonly Filter[]): ApiFilter[] {
  return filters.flatMap((filter) => {
    if (!isComplete(filter)) return [];
    if (filter.type === "date_time" && filter.value) return timeFilters(filter);
    const { field, type, operator, key } = filter;
    const value = type === "duration" && filter.value ? millisOf(filter.value) : filter.value;
    return [{ field, type, operator, ...(key ? { key } : {}), value }];
  });
}

/** The `filters` query parameter: a JSON array as text, or `undefined` without conditions. */
export function filtersParam(filters: readonly Filter[]): string | undefined {
  const list = apiFilters(filters);
  return list.length === 0 ? undefined : JSON.stringify(list);
}
