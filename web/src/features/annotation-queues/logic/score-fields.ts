import type { Schema } from "@/api/client";
import { ANY_NUMBER, type Scale, scaleOf } from "@/components/score-input";

export type FeedbackDefinition = Schema<"FeedbackDefinition">;

/** A score to give: its name, what it means and what it may be. */
export interface ScoreField {
  name: string;
  description: string | undefined;
  scale: Scale;
  /** The queue names a definition that is not there any more; any number is taken. */
  isUndefined: boolean;
}

/** The scores that a queue asks for, in its order. */
export function scoreFields(names: readonly string[], definitions: readonly FeedbackDefinition[]): ScoreField[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  return names.map((name) => {
    const definition = byName.get(name);
    if (!definition) return { name, description: undefined, scale: ANY_NUMBER, isUndefined: true };
    return { name, description: definition.description ?? undefined, scale: scaleOf(definition.details), isUndefined: false };
  });
}
