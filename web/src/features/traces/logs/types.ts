import type { Schema } from "@/api/client";
import type { ApiFilter } from "@/components/filters";

export type Trace = Schema<"Trace">;
export type Span = Schema<"Span">;
export type Thread = Schema<"Thread">;

/** What the page of logs lists. */
export type LogsType = "threads" | "traces" | "spans";

export const LOGS_TYPES = ["threads", "traces", "spans"] as const satisfies readonly LogsType[];

export const LOGS_LABELS: Record<LogsType, { one: string; many: string; title: string }> = {
  threads: { one: "thread", many: "threads", title: "Threads" },
  traces: { one: "trace", many: "traces", title: "Traces" },
  spans: { one: "span", many: "spans", title: "Spans" },
};

/** Which rows of a project are meant: everything that lists, statistics and exports share. */
export interface LogsSelection {
  projectId: string;
  filters: readonly ApiFilter[];
  /** Trimmed text; "" for none. */
  search: string;
  from: string | undefined;
  to: string | undefined;
}

/** Where traces come from, as the server names it. */
export const SOURCES = ["sdk", "experiment", "playground", "optimization", "evaluator"] as const;

export type Source = (typeof SOURCES)[number];

export const SOURCE_LABELS: Record<Source, string> = {
  sdk: "SDK",
  experiment: "Experiments",
  playground: "Playground",
  optimization: "Optimizations",
  evaluator: "Evaluators",
};

/** Name of the environment filter for rows without one. */
export const UNTAGGED = "__untagged__";
