import { expect, it } from "vitest";
import { createLimiter } from "./limiter";

it("runs no more tasks than allowed, in order, and skips aborted ones", async () => {
  const limited = createLimiter(2);
  const started: number[] = [];
  const finish: (() => void)[] = [];
  const task = (name: number) => () => {
    started.push(name);
    return new Promise<number>((resolve) => finish.push(() => resolve(name)));
  };
  const abort = new AbortController();
  const results = [limited(task(1)), limited(task(2)), limited(task(3), abort.signal), limited(task(4))];
  const third = expect(results[2]).rejects.toThrow();
  await Promise.resolve();
  expect(started).toEqual([1, 2]);
  abort.abort();
  finish[0]?.();
  await third;
  await Promise.resolve();
  await expect.poll(() => started).toEqual([1, 2, 4]);
  finish[1]?.();
  finish[2]?.();
  expect(await Promise.all([results[0], results[1], results[3]])).toEqual([1, 2, 4]);
});
