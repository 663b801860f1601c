/** What has happened to the latest change. */
export type SaveStatus = "saved" | "pending" | "saving" | "error" | "conflict";

/** Thrown by a save when somebody else has saved in between. */
export class ConflictError extends Error {}

interface AutosaveOptions<Value> {
  /** Writes a value. `isForced`: overwrites what somebody else has saved. */
  save: (value: Value, isForced: boolean) => Promise<void>;
  /** Writes a value while the page is closed; nobody waits for it. */
  saveOnLeave: (value: Value) => void;
  /** Milliseconds without a change after which it is written. */
  delay?: number;
}

const DELAY = 2000;

/**
 * Writes what is edited when editing has paused. One write is under way at a time and the last value wins; a failed one
 * keeps its value for the next try.
 */
export class Autosave<Value> {
  #options: Required<AutosaveOptions<Value>>;
  #status: SaveStatus = "saved";
  #error: unknown;
  #pending: { value: Value } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;
  #listeners = new Set<() => void>();

  constructor(options: AutosaveOptions<Value>) {
    this.#options = { delay: DELAY, ...options };
  }

  get status(): SaveStatus {
    return this.#status;
  }

  /** Why the last write has failed. */
  get error(): unknown {
    return this.#error;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getStatus = (): SaveStatus => this.#status;

  #set(status: SaveStatus): void {
    this.#status = status;
    this.#listeners.forEach((listener) => listener());
  }

  /** Takes a new value; it is written after the delay. A conflict has to be decided first. */
  change(value: Value): void {
    this.#pending = { value };
    if (this.#status === "conflict") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), this.#options.delay);
    if (!this.#isRunning) this.#set("pending");
  }

  /** Writes now what is not written yet. */
  async flush(isForced = false): Promise<void> {
    clearTimeout(this.#timer);
    const next = this.#pending;
    if (!next || this.#isRunning || (this.#status === "conflict" && !isForced)) return;
    this.#isRunning = true;
    this.#set("saving");
    try {
      await this.#options.save(next.value, isForced);
      this.#isRunning = false;
      this.#error = undefined;
      if (this.#pending === next) {
        this.#pending = undefined;
        this.#set("saved");
      } else {
        this.#set("pending");
        this.#timer = setTimeout(() => void this.flush(), this.#options.delay);
      }
    } catch (error) {
      this.#isRunning = false;
      this.#error = error;
      this.#set(error instanceof ConflictError ? "conflict" : "error");
    }
  }

  /** Forgets what is not written. */
  discard(): void {
    clearTimeout(this.#timer);
    this.#pending = undefined;
    this.#set("saved");
  }

  /** Called when the page goes away. */
  leave(): void {
    if (!this.#pending || this.#status === "conflict") return;
    clearTimeout(this.#timer);
    this.#options.saveOnLeave(this.#pending.value);
  }
}
