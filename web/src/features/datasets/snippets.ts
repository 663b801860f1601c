import type { DatasetKind } from "./model";

/** What a snippet is about. */
export interface SnippetSubject {
  name: string;
  projectName: string;
  /** Name of the version, such as `v3`; the latest one when it is missing. */
  version?: string | undefined;
  /** URL for the SDK, such as `http://localhost:5173/api`. */
  url: string;
}

export type SnippetTask = "read" | "experiment" | "insert";

/** JSON texts are literals in Python and in TypeScript too. */
function literal(text: string): string {
  return JSON.stringify(text);
}

/** Python that reads a dataset or runs an experiment on it. */
export function pythonSnippet(kind: DatasetKind, task: SnippetTask, { name, projectName, version, url }: SnippetSubject): string {
  const isSuite = kind.type === "evaluation_suite";
  const noun = isSuite ? "test_suite" : "dataset";
  const variable = isSuite ? "suite" : "dataset";
  const headOf = (imports: string) => `import os

os.environ.setdefault("OPIK_URL_OVERRIDE", ${literal(url)})

import opik
${imports}
client = opik.Opik()
`;
  const head = headOf("");
  const get = `${variable} = client.get_${noun}(name=${literal(name)}, project_name=${literal(projectName)})\n`;
  if (task === "insert") {
    return `${head}
${variable} = client.get_or_create_${noun}(name=${literal(name)}, project_name=${literal(projectName)})
${
  isSuite
    ? `suite.insert([
    {
        "data": {"question": "Where is my order?"},
        "assertions": ["The answer names the day of delivery"],
    },
])`
    : `dataset.insert([
    {"question": "Where is my order?", "expected_answer": "It arrives on Friday."},
])`
}
`;
  }
  const view = version ? `view = ${variable}.get_version_view(${literal(version)})\n` : "";
  const source = version ? "view" : variable;
  if (isSuite) {
    return task === "read"
      ? `${head}
${get}${view}
for item in ${source}.get_items():
    print(item["data"])
`
      : `${head}

def task(item: dict) -> dict:
    # Call your application here.
    return {"input": item, "output": f"Echo: {item}"}


${get}${view}result = opik.run_tests(test_suite=${source}, task=task)
`;
  }
  return task === "read"
    ? `${head}
${get}${view}
for item in ${source}.get_items():
    print(item)
`
    : `${headOf("from opik.evaluation import evaluate\nfrom opik.evaluation.metrics import Equals\n")}

def task(item: dict) -> dict:
    # Call your application here.
    return {"output": f"Echo: {item}", "reference": item.get("expected_answer", "")}


${get}${view}evaluate(dataset=${source}, task=task, scoring_metrics=[Equals()], project_name=${literal(projectName)})
`;
}

/** TypeScript that reads a dataset or runs an experiment on it. */
export function typescriptSnippet(kind: DatasetKind, task: SnippetTask, { name, projectName, url }: SnippetSubject): string {
  const isSuite = kind.type === "evaluation_suite";
  const head = (imports: string) => `import { ${imports} } from "opik";

const client = new Opik({ apiUrl: ${literal(url)}, projectName: ${literal(projectName)} });
`;
  if (isSuite) {
    const get = `const suite = await client.getTestSuite(${literal(name)});\n`;
    if (task === "insert") {
      return `${head("Opik")}
const suite = await client.getOrCreateTestSuite({ name: ${literal(name)} });
await suite.insert([
  { data: { question: "Where is my order?" }, assertions: ["The answer names the day of delivery"] },
]);
`;
    }
    return task === "read"
      ? `${head("Opik")}
${get}console.log(await suite.getItems());
`
      : `${head("Opik, runTests")}
${get}
await runTests({
  testSuite: suite,
  task: async (item) => ({ input: item, output: \`Echo: \${JSON.stringify(item)}\` }),
});
`;
  }
  const get = `const dataset = await client.getDataset(${literal(name)});\n`;
  if (task === "insert") {
    return `${head("Opik")}
const dataset = await client.getOrCreateDataset(${literal(name)});
await dataset.insert([{ question: "Where is my order?", expected_answer: "It arrives on Friday." }]);
`;
  }
  return task === "read"
    ? `${head("Opik")}
${get}console.log(await dataset.getItems());
`
    : `${head("Opik, evaluate, ExactMatch")}
${get}
await evaluate({
  dataset,
  task: async (item) => ({ output: \`Echo: \${JSON.stringify(item)}\`, expected: item.expected_answer }),
  scoringMetrics: [new ExactMatch()],
});
`;
}
