import { DEFAULT_USER, type FeedbackDefinition, type FeedbackScore, type ScoreValue } from "./api";

/** A row of the form: a definition, or a score that has none. */
export interface ScoreRow {
  name: string;
  definition: FeedbackDefinition | undefined;
  score: FeedbackScore | undefined;
}

/** The rows of the form: the definitions in the order of their names, then scores without one. */
export function scoreRows(definitions: readonly FeedbackDefinition[], scores: readonly FeedbackScore[]): ScoreRow[] {
  const byName = new Map(scores.map((score) => [score.name, score]));
  const rows = definitions.map((definition) => ({ name: definition.name, definition, score: byName.get(definition.name) }));
  rows.sort((one, other) => one.name.localeCompare(other.name));
  const known = new Set(rows.map((row) => row.name));
  const loose = scores.filter((score) => !known.has(score.name)).map((score) => ({ name: score.name, definition: undefined, score }));
  return [...rows, ...loose];
}

type ScoreEntry = FeedbackScore["value_by_author"][string];

/** Whether the current user has given this, outside of annotation queues, which keep entries of their own. */
function isOwn({ author, source_queue_id: queueId }: ScoreEntry): boolean {
  return author === DEFAULT_USER && (queueId ?? "") === "";
}

/** What the current user has given outside of annotation queues. */
export function ownScore(score: FeedbackScore | undefined): ScoreValue | undefined {
  if (!score) return undefined;
  const entry = Object.values(score.value_by_author).find(isOwn);
  if (!entry) return undefined;
  return { value: entry.value, category: entry.category_name ?? undefined, reason: entry.reason ?? undefined };
}

/** The scores after the current user has set one, as the server will aggregate them. */
export function withScore(scores: readonly FeedbackScore[], name: string, given: ScoreValue, now: string): FeedbackScore[] {
  const old = scores.find((score) => score.name === name);
  const entry = {
    value: given.value,
    source: "ui" as const,
    last_updated_at: now,
    span_type: "",
    span_id: "",
    author: DEFAULT_USER,
    ...(given.category ? { category_name: given.category } : {}),
    ...(given.reason ? { reason: given.reason } : {}),
  };
  const next = aggregated(name, { ...old?.value_by_author, [DEFAULT_USER]: entry }, old, now);
  return old ? scores.map((score) => (score === old ? next : score)) : [...scores, next];
}

/** The scores after the current user has taken one away. */
export function withoutScore(scores: readonly FeedbackScore[], name: string, now: string): FeedbackScore[] {
  return scores.flatMap((score) => {
    if (score.name !== name) return [score];
    const left = Object.entries(score.value_by_author).filter(([, entry]) => !isOwn(entry));
    return left.length === 0 ? [] : [aggregated(name, Object.fromEntries(left), score, now)];
  });
}

function aggregated(name: string, entries: FeedbackScore["value_by_author"], old: FeedbackScore | undefined, now: string): FeedbackScore {
  const list = Object.values(entries);
  const join = (texts: (string | null | undefined)[]) => texts.filter(Boolean).join(", ");
  const category = join(list.map((entry) => entry.category_name));
  const reason = join(list.map((entry) => entry.reason));
  const authors = join([...new Set(list.map((entry) => entry.author))]);
  return {
    name,
    value: list.reduce((sum, entry) => sum + entry.value, 0) / Math.max(list.length, 1),
    source: "ui",
    created_at: old?.created_at ?? now,
    last_updated_at: now,
    created_by: authors,
    last_updated_by: authors,
    value_by_author: entries,
    ...(category ? { category_name: category } : {}),
    ...(reason ? { reason } : {}),
  };
}
