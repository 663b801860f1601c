import { describe, expect, it } from "vitest";
import type { AnnotationQueue, Thread, Trace } from "../api";
import { exportedItem, itemsToCsv, itemsToJson } from "./export";

const QUEUE: AnnotationQueue = {
  id: "q",
  project_id: "p",
  name: "Review",
  description: "",
  instructions: "",
  scope: "trace",
  comments_enabled: true,
  feedback_definition_names: ["Tone"],
  annotators_per_item: 2,
  lock_timeout_seconds: 300,
  items_count: 1,
  created_at: "",
  created_by: "",
  last_updated_at: "",
  last_updated_by: "",
};

function entry(author: string, value: number, category: string, reason?: string) {
  return { value, source: "ui" as const, last_updated_at: "", span_type: "", span_id: "", author, source_queue_id: "q", category_name: category, ...(reason ? { reason } : {}) };
}

const TRACE: Trace = {
  id: "t1",
  project_id: "p",
  name: '=HYPERLINK("x")',
  input: { question: 'Say "hi",\nplease' },
  output: "ok",
  span_count: 0,
  llm_span_count: 0,
  has_tool_spans: false,
  providers: [],
  feedback_scores: [
    {
      name: "Tone",
      value: 0.5,
      source: "ui",
      created_at: "",
      last_updated_at: "",
      created_by: "",
      last_updated_by: "",
      value_by_author: { ann_q: entry("ann", 1, "friendly", "warm"), bob_q: entry("bob", 0, "rude") },
    },
  ],
  comments: [{ id: "c", text: "Hm", source_queue_id: "q", created_at: "", last_updated_at: "", created_by: "ann", last_updated_by: "ann" }],
};

const item = () => exportedItem(TRACE, QUEUE, "default", "https://example.com");

describe("export of a queue", () => {
  it("links every item to the logs", () => {
    expect(item().link).toBe("https://example.com/default/projects/p/logs?logsType=traces&trace=t1");
    const thread: Thread = { id: "a&b #1", project_id: "p", thread_model_id: "m", status: "active", number_of_messages: 2, environment: "" };
    expect(exportedItem(thread, { ...QUEUE, scope: "thread" }, "default", "").link).toBe("/default/projects/p/logs?logsType=threads&thread=a%26b%20%231");
  });

  it("keeps every reviewer apart in JSON", () => {
    const [first] = JSON.parse(itemsToJson([item()])) as [{ id: string; annotations: unknown }];
    expect(first.id).toBe("t1");
    expect(first.annotations).toEqual([
      { author: "ann", scores: [{ name: "Tone", value: 1, category: "friendly", reason: "warm" }], comments: ["Hm"] },
      { author: "bob", scores: [{ name: "Tone", value: 0, category: "rude" }], comments: [] },
    ]);
  });

  it("has means and who said what in CSV", () => {
    const [header, ...rest] = itemsToCsv([item()], ["Tone"]).split("\r\n");
    expect(header).toContain("feedback_scores.Tone,feedback_scores.Tone_category,feedback_scores.Tone_reason,reviewers,comments,link");
    expect(rest.join("\n")).toContain('0.5,"ann: friendly\nbob: rude",ann: warm,"ann, bob",Hm,https://');
  });

  it("quotes what CSV needs quoted and disarms formulas", () => {
    const text = itemsToCsv([item()], []);
    expect(text).toContain(`"'=HYPERLINK(""x"")"`);
    expect(text).toContain('"{""question"":""Say \\""hi\\"",\\nplease""}"');
    expect(text.endsWith("\r\n")).toBe(true);
  });
});
