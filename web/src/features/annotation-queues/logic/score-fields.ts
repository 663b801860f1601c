import type { Schema } from "@/api/client";

export type FeedbackDefinition = Schema<"FeedbackDefinition">;

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

/** A score to give: its name, what it means and what it may be. */
export interface ScoreField {
  name: string;
  description: string | undefined;
  scale: Scale;
  /** The queue names a definition that is not there any more; any number is taken. */
  isUndefined: boolean;
}

/** What a definition allows. */
export function scaleOf(definition: FeedbackDefinition): Scale {
  const { details } = definition;
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

/** The scores that a queue asks for, in its order. */
export function scoreFields(names: readonly string[], definitions: readonly FeedbackDefinition[]): ScoreField[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  return names.map((name) => {
    const definition = byName.get(name);
    if (!definition) return { name, description: undefined, scale: { kind: "number", min: undefined, max: undefined }, isUndefined: true };
    return { name, description: definition.description ?? undefined, scale: scaleOf(definition), isUndefined: false };
  });
}

/** A scale in a few words: `0 to 10`, `rude, neutral, friendly`. */
export function describeScale(scale: Scale): string {
  if (scale.kind === "choices") return scale.choices.map((choice) => choice.label).join(", ");
  if (scale.min === undefined || scale.max === undefined) return "Any number";
  return `${scale.min} to ${scale.max}`;
}

/** The numbers of a scale such as 1 to 5, where every one is a single key; none when typing is the better way. */
export function stepsOf(scale: Scale): readonly number[] {
  if (scale.kind !== "number" || scale.min === undefined || scale.max === undefined) return [];
  const { min, max } = scale;
  // Between 0 and 1 the fractions are what counts.
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 0 || max > 9 || max - min < 2) return [];
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}

/** What is wrong with a number for a scale, or `undefined`. */
export function numberProblem(value: number, scale: Scale): string | undefined {
  if (!Number.isFinite(value)) return "Not a number";
  if (scale.kind !== "number") return undefined;
  if (scale.min !== undefined && value < scale.min) return `At least ${scale.min}`;
  if (scale.max !== undefined && value > scale.max) return `At most ${scale.max}`;
  return undefined;
}
