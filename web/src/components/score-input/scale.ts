import type { Schema } from "@/api/client";

/** One of the answers that a definition allows. */
export interface Choice {
  /** Stored as `category_name`. */
  label: string;
  value: number;
}

/** What may be given as a score of one name. */
export type Scale =
  | { kind: "number"; min: number | undefined; max: number | undefined }
  | { kind: "choices"; choices: readonly Choice[] };

/** What a score without a definition may be. */
export const ANY_NUMBER: Scale = { kind: "number", min: undefined, max: undefined };

/** What the details of a definition allow. */
export function scaleOf(details: Schema<"FeedbackDetails">): Scale {
  if ("categories" in details) {
    return { kind: "choices", choices: Object.entries(details.categories).map(([label, value]) => ({ label, value })) };
  }
  if ("true_label" in details) {
    return {
      kind: "choices",
      choices: [
        { label: details.true_label, value: 1 },
        { label: details.false_label, value: 0 },
      ],
    };
  }
  return { kind: "number", min: details.min, max: details.max };
}

/** A scale in a few words: `0 to 10`, `rude, neutral, friendly`. */
export function describeScale(scale: Scale): string {
  if (scale.kind === "choices") return scale.choices.map((choice) => choice.label).join(", ");
  if (scale.min === undefined || scale.max === undefined) return "Any number";
  return `${scale.min} to ${scale.max}`;
}

/** The choice that a score stands for; a label counts more than a number, which several may share. */
export function chosenOf(choices: readonly Choice[], score: { value: number; category?: string | undefined } | undefined): Choice | undefined {
  return score && (choices.find((choice) => choice.label === score.category) ?? choices.find((choice) => choice.value === score.value));
}

/** The numbers of a scale such as 1 to 5, where every one is a single key; none when typing is the better way. */
export function stepsOf(scale: Scale): readonly number[] {
  if (scale.kind !== "number" || scale.min === undefined || scale.max === undefined) return [];
  const { min, max } = scale;
  // Between 0 and 1 the fractions are what counts.
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 0 || max > 9 || max - min < 2) return [];
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}

/** A step for a slider that gives about a hundred places on it. */
export function sliderStep(min: number, max: number): number {
  const span = max - min;
  if (!(span > 0)) return 1;
  if (Number.isInteger(min) && Number.isInteger(max) && span >= 5 && span <= 100) return 1;
  return 10 ** Math.floor(Math.log10(span / 50));
}

/** What is wrong with a number for a scale, or `undefined`. */
export function numberProblem(value: number, scale: Scale): string | undefined {
  if (!Number.isFinite(value)) return "Not a number";
  if (scale.kind !== "number") return undefined;
  if (scale.min !== undefined && value < scale.min) return `At least ${scale.min}`;
  if (scale.max !== undefined && value > scale.max) return `At most ${scale.max}`;
  return undefined;
}
