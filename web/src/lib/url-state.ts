import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

/** How a value of a view's state is written into the query of the URL. */
export interface Codec<Value> {
  /** The value in the URL, or `undefined` when it is not one (then the default counts). */
  parse(text: string): Value | undefined;
  /** `undefined` takes the key out of the URL. */
  format(value: Value): string | undefined;
}

/** Raw text. Ids stay as they are: thread ids may look like numbers, JSON or contain `& # /`. */
export const textCodec: Codec<string> = { parse: (text) => text, format: (value) => value || undefined };

/** A whole number that is not negative. */
export const numberCodec: Codec<number> = {
  parse: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
  format: (value) => String(value),
};

/** Written only when true. */
export const flagCodec: Codec<boolean> = {
  parse: (text) => text === "true" || text === "1",
  format: (value) => (value ? "true" : undefined),
};

/** One of a few words. */
export function wordCodec<const Words extends readonly string[]>(words: Words): Codec<Words[number]> {
  return {
    parse: (text) => words.find((word) => word === text),
    format: (value) => value,
  };
}

/** JSON of a value that `check` accepts. An empty list takes the key away. */
export function jsonCodec<Value>(check: (value: unknown) => value is Value): Codec<Value> {
  return {
    parse: (text) => {
      try {
        const value: unknown = JSON.parse(text);
        return check(value) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    format: (value) => (Array.isArray(value) && value.length === 0 ? undefined : JSON.stringify(value)),
  };
}

/** A list of texts as JSON, the shape of `experiments=["…"]`. */
export const textListCodec: Codec<string[]> = jsonCodec(
  (value): value is string[] => Array.isArray(value) && value.every((item) => typeof item === "string"),
);

/** The query of the URL as flat texts. */
export type UrlQuery = Record<string, string | undefined>;

/** The query of the current URL. Render only on a change of what `select` returns. */
export function useUrlQuery(): UrlQuery {
  return useSearch({ strict: false });
}

interface SetOptions {
  /** Makes a new entry in the history, so that "back" leads to the state before. Default: no. */
  push?: boolean;
}

/** Changes several keys of the query at once; `undefined` takes a key away. */
export function useSetUrlQuery(): (change: UrlQuery, options?: SetOptions) => void {
  const navigate = useNavigate();
  return useCallback(
    (change, options) => {
      void navigate({
        to: ".",
        search: (before: UrlQuery) => {
          const after: UrlQuery = { ...before, ...change };
          return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== undefined));
        },
        replace: !options?.push,
        resetScroll: false,
      });
    },
    [navigate],
  );
}

/**
 * One value of the view's state, kept in the URL under `key`, so that it survives a reload and can be shared. Setting
 * the default takes the key away.
 */
export function useUrlState<Value>(
  key: string,
  codec: Codec<Value>,
  fallback: Value,
): [Value, (value: Value, options?: SetOptions) => void] {
  const text = useSearch({ strict: false, select: (query: UrlQuery) => query[key] });
  const setQuery = useSetUrlQuery();
  const value = useMemo(
    () => (text === undefined ? fallback : (codec.parse(text) ?? fallback)),
    // The fallback is often written in place; its content, not its identity, decides.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [text, codec, typeof fallback === "object" ? JSON.stringify(fallback) : fallback],
  );
  const setValue = useCallback(
    (next: Value, options?: SetOptions) => {
      const nextText = codec.format(next);
      const isDefault = nextText === codec.format(fallback);
      setQuery({ [key]: isDefault ? undefined : nextText }, options);
    },
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [key, codec, setQuery, typeof fallback === "object" ? JSON.stringify(fallback) : fallback],
  );
  return [value, setValue];
}
