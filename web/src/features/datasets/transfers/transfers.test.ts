import { describe, expect, it } from "vitest";
import { DATASETS, TEST_SUITES } from "../model";
import { pythonSnippet, typescriptSnippet } from "../snippets";
import { itemsToCsv } from "./csv";
import { uploadFormat, uploadProblem } from "./upload";

describe("items as CSV", () => {
  it("have a column per key, texts as they are and the rest as JSON", () => {
    const item = { id: "1", source: "sdk", tags: [] } as const;
    expect(itemsToCsv([{ ...item, data: { q: 'He said "no", twice', n: 1.5, o: { a: [1] } } }, { ...item, data: { q: "two\nlines", x: null, y: " edge " } }])).toBe(
      'q,n,o,x,y\r\n"He said ""no"", twice",1.5,"{""a"":[1]}",,\r\n"two\nlines",,,," edge "\r\n',
    );
  });
});

describe("files", () => {
  it("are read by their ending", () => {
    expect(["a.CSV", "b.json", "c.jsonl", "d.ndjson", "e.txt", "csv"].map(uploadFormat)).toEqual(["csv", "json", "jsonl", "jsonl", undefined, "csv"]);
  });
  it("are refused before they are sent", () => {
    expect(uploadProblem({ name: "a.parquet", size: 5 })).toContain("CSV");
    expect(uploadProblem({ name: "a.csv", size: 0 })).toBe("The file is empty");
    expect(uploadProblem({ name: "a.csv", size: 3_000_000_000 })).toContain("2 GB");
    expect(uploadProblem({ name: "a.csv", size: 10 })).toBeUndefined();
  });
});

describe("snippets", () => {
  const subject = { name: 'Say "hi"\n', projectName: "P", url: "http://localhost/api" };
  it("quote names, whatever is in them", () => {
    expect(pythonSnippet(DATASETS, "read", subject)).toContain('client.get_dataset(name="Say \\"hi\\"\\n", project_name="P")');
    expect(typescriptSnippet(DATASETS, "read", subject)).toContain('client.getDataset("Say \\"hi\\"\\n")');
  });
  it("read the version that is shown", () => {
    expect(pythonSnippet(DATASETS, "read", { ...subject, version: "v3" })).toContain('view = dataset.get_version_view("v3")');
    expect(pythonSnippet(DATASETS, "experiment", { ...subject, version: "v3" })).toContain("evaluate(dataset=view");
    expect(pythonSnippet(TEST_SUITES, "experiment", { ...subject, version: "v3" })).toContain("run_tests(test_suite=view");
  });
});
