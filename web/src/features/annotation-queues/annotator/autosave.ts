/** Whether what was entered is on the server. */
export type SaveState = "idle" | "saving" | "saved" | "failed";

interface Field {
  /** What is to be written next; the newest wins. */
  next: (() => Promise<void>) | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  running: Promise<void> | undefined;
  /** What could not be written. */
  failed: { task: () => Promise<void>; error: unknown } | undefined;
}

function isWaiting(field: Field): boolean {
  return field.next !== undefined;
}

/** What is to be written now; nothing while typing goes on. */
function take(field: Field): (() => Promise<void>) | undefined {
  if (field.timer !== undefined) return undefined;
  const task = field.next;
  field.next = undefined;
  return task;
}

/**
 * Writes fields a moment after their last change. Writes of one field go one after the other and only the newest counts, so
 * that a slow answer never puts an old value over a new one. What fails stays and can be tried again.
 */
export class Autosave {
  private readonly fields = new Map<string, Field>();
  private readonly listeners = new Set<() => void>();
  private hasSaved = false;
  private current: SaveState = "idle";

  /** Writes a field after `delay` milliseconds without another change of it. */
  schedule(key: string, task: () => Promise<void>, delay: number): void {
    const field = this.fields.get(key) ?? { next: undefined, timer: undefined, running: undefined, failed: undefined };
    this.fields.set(key, field);
    clearTimeout(field.timer);
    field.next = task;
    field.failed = undefined;
    field.timer = setTimeout(() => void this.run(field), delay);
    this.publish();
  }

  /** Writes everything now. Resolves when it is done, to whether all of it was possible. */
  async flush(): Promise<boolean> {
    await Promise.all(Array.from(this.fields.values(), (field) => this.run(field)));
    return ![...this.fields.values()].some((field) => field.failed);
  }

  /** Tries again what has failed. */
  retry(): Promise<boolean> {
    for (const field of this.fields.values()) {
      if (!field.failed) continue;
      field.next ??= field.failed.task;
      field.failed = undefined;
    }
    return this.flush();
  }

  private run(field: Field): Promise<void> {
    clearTimeout(field.timer);
    field.timer = undefined;
    if (!field.running) {
      if (!field.next) return Promise.resolve();
      field.running = this.drain(field);
      this.publish();
    }
    return field.running;
  }

  private async drain(field: Field): Promise<void> {
    for (let task = take(field); task; task = take(field)) {
      try {
        await task();
        this.hasSaved = true;
      } catch (error) {
        // A newer value makes the failure of an older one meaningless.
        if (!isWaiting(field)) field.failed = { task, error };
      }
    }
    field.running = undefined;
    this.publish();
  }

  /** Whether a field whose key begins like this is not on the server yet. */
  isUnsaved(prefix: string): boolean {
    return Array.from(this.fields).some(([key, field]) => key.startsWith(prefix) && (isWaiting(field) || field.running !== undefined || field.failed !== undefined));
  }

  get state(): SaveState {
    return this.current;
  }

  /** Why the last write failed, when one did. */
  get error(): unknown {
    return [...this.fields.values()].find((field) => field.failed)?.failed?.error;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private publish(): void {
    const fields = [...this.fields.values()];
    if (fields.some((field) => isWaiting(field) || field.running !== undefined)) this.current = "saving";
    else if (fields.some((field) => field.failed)) this.current = "failed";
    else this.current = this.hasSaved ? "saved" : "idle";
    this.listeners.forEach((listener) => listener());
  }
}
