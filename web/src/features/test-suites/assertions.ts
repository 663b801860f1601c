import { isObject } from "@/features/datasets/items/json";
import type { Evaluator, ExecutionPolicy } from "@/features/datasets/model";

const JUDGE = "llm_judge";

function schemaOf(evaluator: Evaluator): { name?: unknown; description?: unknown }[] {
  if (evaluator.type !== JUDGE || !isObject(evaluator.config) || !Array.isArray(evaluator.config.schema)) return [];
  return evaluator.config.schema.filter(isObject);
}

/** The statements that judges are asked to check, in order, each once. */
export function assertionsOf(evaluators: readonly Evaluator[] | null | undefined): string[] {
  const texts = (evaluators ?? []).flatMap(schemaOf).map((entry) => (typeof entry.name === "string" && entry.name ? entry.name : entry.description));
  return [...new Set(texts.filter((text) => typeof text === "string" && text !== ""))] as string[];
}

const MESSAGES = [
  { role: "SYSTEM", content: "You check whether the output of an application keeps given statements. Judge every statement by itself and give a short reason." },
  { role: "USER", content: "Input:\n{input}\n\nOutput:\n{output}\n\nStatements:\n{assertions}" },
];

/**
 * Evaluators that check these statements. All statements of a level go to one judge, as SDKs expect. The model and the
 * messages of a judge that is there already stay, and so do evaluators of other kinds.
 */
export function packAssertions(assertions: readonly string[], before: readonly Evaluator[] | null | undefined): Evaluator[] {
  const others = (before ?? []).filter((evaluator) => evaluator.type !== JUDGE);
  const texts = [...new Set(assertions.map((text) => text.trim()).filter(Boolean))];
  if (texts.length === 0) return others;
  const judge = (before ?? []).find((evaluator) => evaluator.type === JUDGE);
  const config = judge && isObject(judge.config) ? judge.config : undefined;
  return [
    {
      name: judge?.name ?? JUDGE,
      type: JUDGE,
      config: {
        version: "1",
        name: JUDGE,
        model: { name: null, temperature: null, seed: null, customParameters: null },
        messages: MESSAGES,
        variables: { input: "input", output: "output" },
        ...config,
        schema: texts.map((text) => ({ name: text, type: "BOOLEAN", description: text })),
      },
    },
    ...others,
  ];
}

/** Most runs of an item that the server takes. */
export const MAX_RUNS = 100;

/** A policy within the limits of the server: the threshold is never above the runs. */
export function checkedPolicy(policy: ExecutionPolicy): ExecutionPolicy {
  const within = (value: number, max: number) => Math.max(1, Math.min(max, Math.round(value) || 1));
  const runs = within(policy.runs_per_item, MAX_RUNS);
  return { runs_per_item: runs, pass_threshold: within(policy.pass_threshold, runs) };
}

/** A policy in words: `passes if 2 of 3 runs pass`. */
export function policyText({ runs_per_item: runs, pass_threshold: threshold }: ExecutionPolicy): string {
  return runs === 1 ? "1 run per item" : `${threshold} of ${runs} runs have to pass`;
}
