import { useEffect, useSyncExternalStore } from "react";
import { type Draft, isEmptyDraft, NO_DRAFT } from "./draft";

const DATABASE = "ferropik";
const STORE = "dataset-drafts";

/** Milliseconds without a change after which a draft is written. */
const WRITE_DELAY = 150;

function request<Value>(run: () => IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const asked = run();
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("the browser's storage failed"));
  });
}

let database: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  database ??= request(() => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    return asked;
  });
  return database;
}

async function read(key: string): Promise<Draft | undefined> {
  const store = (await open()).transaction(STORE).objectStore(STORE);
  return request(() => store.get(key) as IDBRequest<Draft | undefined>);
}

async function write(key: string, draft: Draft): Promise<void> {
  const store = (await open()).transaction(STORE, "readwrite").objectStore(STORE);
  if (isEmptyDraft(draft)) await request(() => store.delete(key));
  else await request(() => store.put(draft, key));
}

interface Entry {
  /** `undefined` while it is read. */
  draft: Draft | undefined;
  /** Whether the last write has failed, so that the draft is only in memory. */
  isVolatile: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const entries = new Map<string, Entry>();
const listeners = new Set<() => void>();
const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("ferropik:dataset-drafts");

function tell(): void {
  listeners.forEach((listener) => listener());
}

function entryOf(key: string): Entry {
  const entry = entries.get(key) ?? { draft: undefined, isVolatile: false, timer: undefined };
  entries.set(key, entry);
  return entry;
}

async function load(key: string): Promise<void> {
  const entry = entryOf(key);
  try {
    entry.draft = (await read(key)) ?? NO_DRAFT;
  } catch {
    entry.draft = NO_DRAFT;
    entry.isVolatile = true;
  }
  tell();
}

async function store(key: string): Promise<void> {
  const entry = entryOf(key);
  clearTimeout(entry.timer);
  entry.timer = undefined;
  try {
    await write(key, entry.draft ?? NO_DRAFT);
    entry.isVolatile = false;
  } catch {
    entry.isVolatile = true;
  }
  channel?.postMessage(key);
  tell();
}

// Another tab of this browser has changed the draft: this one shows the same.
channel?.addEventListener("message", (event: MessageEvent<unknown>) => {
  if (typeof event.data === "string" && entries.has(event.data)) void load(event.data);
});

// Typing that is not written yet goes along with the page otherwise.
globalThis.addEventListener("pagehide", () => {
  for (const [key, entry] of entries) if (entry.timer) void store(key);
});

/** Replaces the draft of a dataset and keeps it in this browser. */
export function setDraft(key: string, change: (draft: Draft) => Draft): void {
  const entry = entryOf(key);
  entry.draft = change(entry.draft ?? NO_DRAFT);
  clearTimeout(entry.timer);
  // What is saved or discarded must not come back, however soon the page is left.
  if (isEmptyDraft(entry.draft)) void store(key);
  else entry.timer = setTimeout(() => void store(key), WRITE_DELAY);
  tell();
}

/** The draft of a dataset as it is at this moment. */
export function currentDraft(key: string): Draft {
  return entries.get(key)?.draft ?? NO_DRAFT;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * The draft of a dataset. It is kept in this browser until it is saved or discarded: it survives reloads, and all tabs
 * show the same one. `undefined` until it has been read.
 */
export function useStoredDraft(key: string): { draft: Draft | undefined; isVolatile: boolean } {
  useEffect(() => {
    if (entryOf(key).draft === undefined) void load(key);
  }, [key]);
  const draft = useSyncExternalStore(subscribe, () => entries.get(key)?.draft);
  const isVolatile = useSyncExternalStore(subscribe, () => entries.get(key)?.isVolatile ?? false);
  return { draft, isVolatile };
}

/** Ids of the datasets that have a draft in this browser. */
export async function draftedKeys(): Promise<ReadonlySet<string>> {
  try {
    const objects = (await open()).transaction(STORE).objectStore(STORE);
    const keys = await request(() => objects.getAllKeys());
    return new Set(keys.filter((key) => typeof key === "string"));
  } catch {
    return new Set();
  }
}
