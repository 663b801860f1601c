/** Metrics that the SDKs bring, for the code of a new experiment. */
export interface MetricChoice {
  /** Name of the class in Python. */
  name: string;
  /** Name of the class in TypeScript; without one, it does not exist there. */
  typescript?: string;
  hint: string;
  isJudge: boolean;
}

export const METRIC_CHOICES: readonly MetricChoice[] = [
  { name: "Equals", typescript: "ExactMatch", hint: "Output is exactly the reference", isJudge: false },
  { name: "Contains", hint: "Output contains the reference", isJudge: false },
  { name: "LevenshteinRatio", hint: "Similarity of output and reference", isJudge: false },
  { name: "IsJson", typescript: "IsJson", hint: "Output is valid JSON", isJudge: false },
  { name: "Hallucination", typescript: "Hallucination", hint: "A model looks for invented facts", isJudge: true },
  { name: "AnswerRelevance", typescript: "AnswerRelevance", hint: "A model judges whether the question is answered", isJudge: true },
  { name: "Usefulness", typescript: "Usefulness", hint: "A model judges how helpful the answer is", isJudge: true },
  { name: "Moderation", typescript: "Moderation", hint: "A model looks for harmful content", isJudge: true },
];

export interface SnippetInput {
  url: string;
  workspace: string;
  project: string;
  dataset: string;
  metrics: readonly string[];
}

const quoted = (text: string) => JSON.stringify(text);

/** Python code that runs a new experiment. */
export function pythonSnippet({ url, workspace, project, dataset, metrics }: SnippetInput): string {
  const imports = metrics.length > 0 ? `from opik.evaluation.metrics import ${metrics.join(", ")}\n` : "";
  const list = metrics.map((name) => `${name}()`).join(", ");
  return `import opik
from opik.evaluation import evaluate
${imports}
opik.configure(url=${quoted(url)}, workspace=${quoted(workspace)}, use_local=True, automatic_approvals=True)

client = opik.Opik(project_name=${quoted(project)})
dataset = client.get_dataset(name=${quoted(dataset)})


def task(item: dict) -> dict:
    # Call your model or agent here. Metrics read the keys of what you return.
    answer = ...
    return {"input": item.get("question", ""), "output": answer, "reference": item.get("expected_answer", "")}


evaluate(
    dataset=dataset,
    task=task,
    scoring_metrics=[${list}],
    experiment_name="my experiment",
    experiment_config={"model": "gpt-4o-mini"},
    project_name=${quoted(project)},
)
`;
}

/** TypeScript code that runs a new experiment. */
export function typescriptSnippet({ url, workspace, project, dataset, metrics }: SnippetInput): string {
  const offered = METRIC_CHOICES.flatMap(({ name, typescript }) => (typescript && metrics.includes(name) ? [typescript] : []));
  const imports = ["EvaluationTask", "Opik", "evaluate", ...offered].sort((a, b) => a.localeCompare(b)).map((name) => (name === "EvaluationTask" ? `type ${name}` : name));
  const list = offered.map((name) => `new ${name}()`).join(", ");
  return `import { ${imports.join(", ")} } from "opik";

const client = new Opik({
  apiUrl: ${quoted(url)},
  workspaceName: ${quoted(workspace)},
  projectName: ${quoted(project)},
});
const dataset = await client.getDataset(${quoted(dataset)});

const task: EvaluationTask<Record<string, unknown>> = async (item) => {
  // Call your model or agent here. Metrics read the keys of what you return.
  const answer = "…";
  return { input: item.question, output: answer, expected: item.expected_answer };
};

await evaluate({
  dataset,
  task,
  scoringMetrics: [${list}],
  experimentName: "my experiment",
  experimentConfig: { model: "gpt-4o-mini" },
  projectName: ${quoted(project)},
});
`;
}
