import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Autosave, ConflictError } from "./autosave";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function saver(save: (value: string, isForced: boolean) => Promise<void>) {
  const left: string[] = [];
  return { autosave: new Autosave<string>({ save, saveOnLeave: (value) => left.push(value), delay: 2000 }), left };
}

describe("Autosave", () => {
  it("writes the last value once editing has paused", async () => {
    const save = vi.fn(() => Promise.resolve());
    const { autosave } = saver(save);
    autosave.change("a");
    await vi.advanceTimersByTimeAsync(1500);
    autosave.change("b");
    await vi.advanceTimersByTimeAsync(1500);
    expect(save).not.toHaveBeenCalled();
    expect(autosave.status).toBe("pending");
    await vi.advanceTimersByTimeAsync(500);
    expect(save.mock.calls).toEqual([["b", false]]);
    expect(autosave.status).toBe("saved");
  });

  it("writes what changes during a write afterwards, never two at a time", async () => {
    const finish: (() => void)[] = [];
    const save = vi.fn(() => new Promise<void>((resolve) => finish.push(resolve)));
    const { autosave } = saver(save);
    autosave.change("a");
    await vi.advanceTimersByTimeAsync(2000);
    autosave.change("b");
    await vi.advanceTimersByTimeAsync(5000);
    expect(save).toHaveBeenCalledTimes(1);
    finish[0]?.();
    await vi.advanceTimersByTimeAsync(2000);
    expect(save.mock.calls).toEqual([["a", false], ["b", false]]);
  });

  it("keeps the value of a failed write for the next try", async () => {
    const save = vi.fn<(value: string, isForced: boolean) => Promise<void>>().mockRejectedValueOnce(new Error("down")).mockResolvedValue();
    const { autosave, left } = saver(save);
    autosave.change("a");
    await vi.advanceTimersByTimeAsync(2000);
    expect(autosave.status).toBe("error");
    autosave.leave();
    expect(left).toEqual(["a"]);
    await autosave.flush();
    expect(autosave.status).toBe("saved");
  });

  it("overwrites somebody else's change only when told to", async () => {
    const save = vi.fn((_value: string, isForced: boolean) => (isForced ? Promise.resolve() : Promise.reject(new ConflictError("changed"))));
    const { autosave, left } = saver(save);
    autosave.change("mine");
    await vi.advanceTimersByTimeAsync(2000);
    expect(autosave.status).toBe("conflict");
    autosave.change("mine too");
    await vi.advanceTimersByTimeAsync(10_000);
    autosave.leave();
    expect(save).toHaveBeenCalledTimes(1);
    expect(left).toEqual([]);
    await autosave.flush(true);
    expect(save.mock.calls.at(-1)).toEqual(["mine too", true]);
    expect(autosave.status).toBe("saved");
  });

  it("writes nothing on leaving when all is written", async () => {
    const { autosave, left } = saver(() => Promise.resolve());
    autosave.change("a");
    await autosave.flush();
    autosave.leave();
    expect(left).toEqual([]);
  });
});
