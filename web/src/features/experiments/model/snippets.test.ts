import { describe, expect, it } from "vitest";
import { pythonSnippet, typescriptSnippet } from "./snippets";

const input = { url: "http://localhost:5173/api", workspace: "default", project: 'My "project"', dataset: "QA\nset", metrics: ["Equals", "Hallucination"] };

describe("snippets", () => {
  it("quote names so that they cannot break out of the text", () => {
    expect(pythonSnippet(input)).toContain('client.get_dataset(name="QA\\nset")');
    expect(typescriptSnippet(input)).toContain('projectName: "My \\"project\\""');
  });
  it("import the chosen metrics by the name that each language has for them", () => {
    expect(pythonSnippet(input)).toContain("import Equals, Hallucination");
    expect(typescriptSnippet(input)).toContain("scoringMetrics: [new ExactMatch(), new Hallucination()]");
    expect(typescriptSnippet({ ...input, metrics: ["Contains"] })).toContain("scoringMetrics: []");
    expect(pythonSnippet({ ...input, metrics: [] })).not.toContain("evaluation.metrics");
  });
});
