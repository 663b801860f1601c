import { type Scale, stepsOf } from "@/components/score-input";

/** What a digit does to the score that is active. */
export type DigitCommand =
  /** Gives one of the choices, counted from 0. */
  | { kind: "choose"; index: number }
  /** Gives a number. */
  | { kind: "number"; value: number }
  /** Starts typing a number with this digit. */
  | { kind: "type"; text: string };

/**
 * The meaning of a digit key. Choices are numbered from 1. On a scale where every number has one digit, the digit is the
 * score; where it may be the first of several digits, typing begins.
 */
export function digitCommand(key: string, scale: Scale): DigitCommand | undefined {
  if (!/^\d$/.test(key)) return undefined;
  const digit = Number(key);
  if (scale.kind === "choices") return digit >= 1 && digit <= scale.choices.length ? { kind: "choose", index: digit - 1 } : undefined;
  const steps = stepsOf(scale);
  if (steps.length > 0) return steps.includes(digit) ? { kind: "number", value: digit } : undefined;
  return { kind: "type", text: key };
}

/** The key that is shown beside a choice, or `undefined` where the digits have run out. */
export function choiceKey(index: number): string | undefined {
  return index < 9 ? String(index + 1) : undefined;
}

/** The score that keys act on: the one with the focus, else the first without a value, else the last. */
export function activeScore(names: readonly string[], focused: string | undefined, hasValue: (name: string) => boolean): string | undefined {
  if (focused !== undefined && names.includes(focused)) return focused;
  return names.find((name) => !hasValue(name)) ?? names.at(-1);
}
