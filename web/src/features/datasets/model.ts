import type { Schema } from "@/api/client";

export type Dataset = Schema<"Dataset">;
export type DatasetType = Schema<"DatasetType">;
export type DatasetVersion = Schema<"DatasetVersion">;
export type ExportJob = Schema<"DatasetExportJob">;
export type JsonObject = Record<string, unknown>;

/** What judges the runs of an item: an LLM with assertions, or code. */
export interface Evaluator {
  name: string;
  type: Schema<"EvaluatorType">;
  /** Kept as it is; see {@link assertionsOf} for what a judge has in here. */
  config: unknown;
}

/** How often an item is run, and how many of the runs have to pass. Both from 1 to 100. */
export interface ExecutionPolicy {
  runs_per_item: number;
  pass_threshold: number;
}

/** What a person can change of an item. */
export interface ItemContent {
  data: JsonObject;
  description?: string | null | undefined;
  tags: readonly string[];
  /** Judges in addition to those of the suite. */
  evaluators?: readonly Evaluator[] | null | undefined;
  /** Replaces the policy of the suite; `null` for the suite's own. */
  execution_policy?: ExecutionPolicy | null | undefined;
}

/** One row of a dataset. */
export interface DatasetItem extends ItemContent {
  id: string;
  source: Schema<"DatasetItemSource">;
  trace_id?: string | null | undefined;
  span_id?: string | null | undefined;
  created_at?: string | undefined;
  created_by?: string | undefined;
  last_updated_at?: string | undefined;
  last_updated_by?: string | undefined;
}

/** A key of the items' data with the JSON types that its values have. */
export interface ItemColumn {
  name: string;
  types: readonly string[];
}

/** A dataset and a test suite are the same thing to the server; this is how they differ to people. */
export interface DatasetKind {
  type: DatasetType;
  /** Segment of the path. */
  path: "datasets" | "test-suites";
  /** Singular and plural, in the middle of a sentence. */
  one: string;
  many: string;
  /** Name of the section. */
  title: string;
}

export const DATASETS: DatasetKind = { type: "dataset", path: "datasets", one: "dataset", many: "datasets", title: "Datasets" };
export const TEST_SUITES: DatasetKind = { type: "evaluation_suite", path: "test-suites", one: "test suite", many: "test suites", title: "Test suites" };

/** What a suite asks of every item; it belongs to a version. */
export interface SuiteSettings {
  evaluators: readonly Evaluator[];
  execution_policy: ExecutionPolicy;
}

/** Policy of a suite that says nothing. */
export const DEFAULT_POLICY: ExecutionPolicy = { runs_per_item: 1, pass_threshold: 1 };
