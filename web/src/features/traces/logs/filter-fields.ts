import type { FilterField } from "@/components/filters";
import { SPAN_TYPE_LABELS } from "@/features/spans/span-columns";
import { scalarPaths, valuesAtPath } from "./samples";
import { type LogsType, SOURCE_LABELS, SOURCES } from "./types";

/** What filters can propose, from the rows at hand and from the project. */
export interface FilterProposals {
  scoreNames: readonly string[];
  spanScoreNames: readonly string[];
  environments: readonly string[];
  queues: readonly { id: string; name: string }[];
  tags: readonly string[];
  names: readonly string[];
  models: readonly string[];
  providers: readonly string[];
  errorTypes: readonly string[];
  inputs: readonly unknown[];
  outputs: readonly unknown[];
  metadata: readonly unknown[];
}

const VALUES = "Values";
const NUMBERS = "Numbers";
const TIMES = "Times";
const PAYLOAD = "Payload";
const SCORES = "Scores";

function customField({ inputs, outputs }: FilterProposals): FilterField {
  const underSide = (side: string, values: readonly unknown[]) => scalarPaths(values).map((path) => (path.startsWith("[") ? side + path : `${side}.${path}`));
  return {
    field: "custom",
    label: "Input or output path",
    type: "dictionary",
    section: PAYLOAD,
    hint: "A value inside of the input or the output, such as output.answer",
    keySuggestions: [...underSide("input", inputs), ...underSide("output", outputs)],
    suggestValues: (key) => {
      const [, side, rest = ""] = /^\$?\.?(input|output)\.?(.*)$/s.exec(key) ?? [];
      return side === undefined ? [] : valuesAtPath(side === "input" ? inputs : outputs, rest);
    },
  };
}

function metadataField({ metadata }: FilterProposals): FilterField {
  return {
    field: "metadata",
    label: "Metadata",
    type: "dictionary",
    section: PAYLOAD,
    isPinned: true,
    hint: "A value inside of the metadata, by its path",
    keySuggestions: scalarPaths(metadata),
    suggestValues: (key) => valuesAtPath(metadata, key),
  };
}

function scoreField(field: string, label: string, names: readonly string[]): FilterField {
  return { field, label, type: "feedback_scores_number", section: SCORES, keyLabel: "Score", keySuggestions: names };
}

const SOURCE_FIELD: FilterField = {
  field: "source",
  label: "Source",
  type: "category",
  section: VALUES,
  operators: ["=", "!="],
  options: SOURCES.map((value) => ({ value, label: SOURCE_LABELS[value] })),
};

const DURATION: FilterField = { field: "duration", label: "Duration", type: "duration", section: NUMBERS };
const START: FilterField = { field: "start_time", label: "Start time", type: "date_time", section: TIMES };
const END: FilterField = { field: "end_time", label: "End time", type: "date_time", section: TIMES };
const USAGE: readonly FilterField[] = [
  { field: "total_estimated_cost", label: "Cost", type: "cost", section: NUMBERS },
  { field: "usage.total_tokens", label: "Tokens", type: "number", section: NUMBERS },
  { field: "usage.prompt_tokens", label: "Input tokens", type: "number", section: NUMBERS },
  { field: "usage.completion_tokens", label: "Output tokens", type: "number", section: NUMBERS },
];
const ERRORS: FilterField = {
  field: "error_info",
  label: "Errors",
  type: "errors",
  section: VALUES,
  toggle: { label: "With errors", operator: "is_not_empty", value: "" },
};

/** The fields that a kind of logs can be filtered by. Durations are in seconds here; the request turns them into milliseconds. */
export function filterFields(type: LogsType, proposals: FilterProposals): FilterField[] {
  const { environments, queues, tags, names, models, providers, errorTypes, scoreNames, spanScoreNames } = proposals;
  const tagsField: FilterField = { field: "tags", label: "Tags", type: "list", section: VALUES, isPinned: true, suggestions: tags };
  const environment: FilterField = { field: "environment", label: "Environment", type: "category", section: VALUES, options: environments.map((value) => ({ value, label: value })) };
  const queue: FilterField = {
    field: "annotation_queue_ids",
    label: "Annotation queue",
    type: "list",
    section: VALUES,
    operators: ["=", "!=", "is_empty", "is_not_empty"],
    options: queues.map(({ id, name }) => ({ value: id, label: name })),
  };
  const name: FilterField = { field: "name", label: "Name", type: "string", section: VALUES, suggestions: names };
  const id: FilterField = { field: "id", label: "Id", type: "string", section: VALUES, operators: ["=", "!=", "contains", "starts_with"] };
  const errorType: FilterField = { field: "error_type", label: "Error type", type: "string", section: VALUES, suggestions: errorTypes };
  const guardrails: FilterField = {
    field: "guardrails",
    label: "Guardrails",
    type: "category",
    section: VALUES,
    operators: ["=", "!="],
    options: [
      { value: "passed", label: "Passed" },
      { value: "failed", label: "Failed" },
    ],
  };
  const text = (field: string, label: string): FilterField => ({ field, label, type: "string", section: PAYLOAD });

  if (type === "threads") {
    return [
      tagsField,
      { ...DURATION, isPinned: true },
      { field: "number_of_messages", label: "Messages", type: "number", section: NUMBERS },
      { field: "status", label: "Status", type: "category", section: VALUES, options: [{ value: "active", label: "Active" }, { value: "inactive", label: "Inactive" }] },
      { ...id, label: "Thread id" },
      environment,
      queue,
      SOURCE_FIELD,
      text("first_message", "First message"),
      text("last_message", "Last message"),
      scoreField("feedback_scores", "Feedback score", scoreNames),
      START,
      END,
      { field: "last_updated_at", label: "Last activity", type: "date_time", section: TIMES },
    ];
  }
  const shared = [tagsField, name, id, ERRORS, errorType, environment, SOURCE_FIELD];
  const numbers = [DURATION, { field: "ttft", label: "Time to first token", type: "duration" as const, section: NUMBERS }, ...USAGE];
  const payload = [metadataField(proposals), customField(proposals), text("input", "Input text"), text("output", "Output text")];
  if (type === "traces") {
    return [
      ...shared,
      { field: "thread_id", label: "Thread", type: "string", section: VALUES, operators: ["=", "!=", "contains", "starts_with"] },
      queue,
      guardrails,
      ...numbers,
      { field: "llm_span_count", label: "LLM spans", type: "number", section: NUMBERS },
      ...payload,
      scoreField("feedback_scores", "Feedback score", scoreNames),
      scoreField("span_feedback_scores", "Score of a span", spanScoreNames),
      START,
      END,
    ];
  }
  return [
    {
      field: "type",
      label: "Type",
      type: "category",
      section: VALUES,
      isPinned: true,
      options: Object.entries(SPAN_TYPE_LABELS).map(([value, label]) => ({ value, label })),
    },
    ...shared,
    { field: "model", label: "Model", type: "string", section: VALUES, suggestions: models },
    { field: "provider", label: "Provider", type: "string", section: VALUES, suggestions: providers },
    { field: "trace_id", label: "Trace", type: "string", section: VALUES, operators: ["=", "!=", "contains", "starts_with"] },
    ...numbers,
    ...payload,
    scoreField("feedback_scores", "Feedback score", scoreNames),
    START,
    END,
  ];
}
