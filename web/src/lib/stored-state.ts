import { useCallback, useSyncExternalStore } from "react";

const PREFIX = "ferropik:";
const listeners = new Map<string, Set<() => void>>();
const cache = new Map<string, { text: string | null; value: unknown }>();

function read(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

function write(key: string, text: string): void {
  try {
    localStorage.setItem(PREFIX + key, text);
  } catch {
    // Storage may be full or forbidden: the choice then lasts as long as the page.
  }
  cache.delete(key);
  listeners.get(key)?.forEach((listener) => listener());
}

/**
 * A choice of this browser that is worth keeping (column widths, the last tab), shared by all components that use the
 * same key. What makes a view shareable belongs into the URL instead.
 */
export function useStoredState<Value>(key: string, fallback: Value): [Value, (value: Value) => void] {
  const subscribe = useCallback(
    (listener: () => void) => {
      const set = listeners.get(key) ?? new Set();
      listeners.set(key, set.add(listener));
      return () => set.delete(listener);
    },
    [key],
  );
  const value = useSyncExternalStore(subscribe, () => storedValue<Value>(key)) ?? fallback;
  const setValue = useCallback((next: Value) => write(key, JSON.stringify(next)), [key]);
  return [value, setValue];
}

/** The stored value, or `undefined`. The same object as long as it does not change. */
export function storedValue<Value>(key: string): Value | undefined {
  const text = read(key);
  const cached = cache.get(key);
  if (cached?.text === text) return cached.value as Value | undefined;
  let value: unknown;
  try {
    value = text === null ? undefined : JSON.parse(text);
  } catch {
    value = undefined;
  }
  cache.set(key, { text, value });
  return value as Value | undefined;
}

/** Stores a value outside of a component. */
export function storeValue(key: string, value: unknown): void {
  write(key, JSON.stringify(value));
}
