import { useStoredState } from "@/lib/stored-state";

/** What the rows of the tree show. */
export interface TreeOptions {
  timeline: boolean;
  duration: boolean;
  cost: boolean;
  tokens: boolean;
  model: boolean;
  scores: boolean;
  tags: boolean;
  critical: boolean;
  internal: boolean;
}

const DEFAULTS: TreeOptions = { timeline: true, duration: true, cost: true, tokens: true, model: true, scores: false, tags: false, critical: true, internal: false };

/** The options and what they are called, in the order of the menu. */
export const OPTION_LABELS: readonly (readonly [keyof TreeOptions, string])[] = [
  ["timeline", "Timeline"],
  ["duration", "Duration"],
  ["tokens", "Tokens"],
  ["cost", "Cost"],
  ["model", "Model"],
  ["scores", "Feedback scores"],
  ["tags", "Tags"],
  ["critical", "Critical path"],
  ["internal", "Internal spans"],
];

/** The options of this browser. */
export function useTreeOptions(): [TreeOptions, (change: Partial<TreeOptions>) => void] {
  const [stored, setStored] = useStoredState<Partial<TreeOptions>>("trace-tree", {});
  return [{ ...DEFAULTS, ...stored }, (change) => setStored({ ...stored, ...change })];
}
