import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Autosave } from "./autosave";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A write that ends when the test says so. */
function controlled() {
  let done: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    done = resolve;
    fail = reject;
  });
  return { task: vi.fn(() => promise), done: () => done(), fail: (error: Error) => fail(error) };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("autosave", () => {
  it("waits for a pause and writes the newest value only", async () => {
    const autosave = new Autosave();
    const first = vi.fn(() => Promise.resolve());
    const second = vi.fn(() => Promise.resolve());
    autosave.schedule("tone", first, 1000);
    await vi.advanceTimersByTimeAsync(900);
    autosave.schedule("tone", second, 1000);
    await vi.advanceTimersByTimeAsync(900);
    expect(second).not.toHaveBeenCalled();
    expect(autosave.state).toBe("saving");
    await vi.advanceTimersByTimeAsync(100);
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledOnce();
    expect(autosave.state).toBe("saved");
  });

  it("never runs two writes of a field at a time", async () => {
    const autosave = new Autosave();
    const slow = controlled();
    const next = controlled();
    autosave.schedule("tone", slow.task, 0);
    await settle();
    autosave.schedule("tone", next.task, 0);
    await settle();
    expect(slow.task).toHaveBeenCalledOnce();
    expect(next.task).not.toHaveBeenCalled();
    slow.done();
    await settle();
    expect(next.task).toHaveBeenCalledOnce();
    expect(autosave.state).toBe("saving");
    next.done();
    await settle();
    expect(autosave.state).toBe("saved");
  });

  it("writes different fields side by side", async () => {
    const autosave = new Autosave();
    const one = controlled();
    const other = controlled();
    autosave.schedule("tone", one.task, 0);
    autosave.schedule("comment", other.task, 0);
    await settle();
    expect(one.task).toHaveBeenCalledOnce();
    expect(other.task).toHaveBeenCalledOnce();
  });

  it("flushes at once and says whether all is saved", async () => {
    const autosave = new Autosave();
    const task = vi.fn(() => Promise.resolve());
    autosave.schedule("tone", task, 60_000);
    await expect(autosave.flush()).resolves.toBe(true);
    expect(task).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(task).toHaveBeenCalledOnce();
  });

  it("waits in a flush for what is being written", async () => {
    const autosave = new Autosave();
    const slow = controlled();
    autosave.schedule("tone", slow.task, 0);
    await settle();
    const flushed = vi.fn();
    void autosave.flush().then(flushed);
    await settle();
    expect(flushed).not.toHaveBeenCalled();
    slow.done();
    await settle();
    expect(flushed).toHaveBeenCalledWith(true);
  });

  it("keeps what failed and tries it again", async () => {
    const autosave = new Autosave();
    const task = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error("offline")).mockResolvedValue(undefined);
    autosave.schedule("tone", task, 0);
    await settle();
    expect(autosave.state).toBe("failed");
    expect(autosave.error).toEqual(new Error("offline"));
    await expect(autosave.retry()).resolves.toBe(true);
    expect(task).toHaveBeenCalledTimes(2);
    expect(autosave.state).toBe("saved");
  });

  it("forgets a failure when the value changes", async () => {
    const autosave = new Autosave();
    const old = controlled();
    autosave.schedule("tone", old.task, 0);
    await settle();
    autosave.schedule("tone", () => Promise.resolve(), 0);
    old.fail(new Error("offline"));
    await settle();
    expect(autosave.state).toBe("saved");
  });

  it("knows what is not saved yet, failures among it", async () => {
    const autosave = new Autosave();
    autosave.schedule("one:tone", () => Promise.resolve(), 1000);
    autosave.schedule("two:tone", () => Promise.reject(new Error("offline")), 0);
    expect(autosave.isUnsaved("one:")).toBe(true);
    expect(autosave.isUnsaved("three:")).toBe(false);
    await autosave.flush();
    expect(autosave.isUnsaved("one:")).toBe(false);
    expect(autosave.isUnsaved("two:")).toBe(true);
  });

  it("tells its listeners", async () => {
    const autosave = new Autosave();
    const listener = vi.fn();
    const stop = autosave.subscribe(listener);
    autosave.schedule("tone", () => Promise.resolve(), 0);
    await settle();
    expect(listener).toHaveBeenCalled();
    stop();
    listener.mockClear();
    autosave.schedule("tone", () => Promise.resolve(), 0);
    expect(listener).not.toHaveBeenCalled();
  });
});
