import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { environmentsQuery, fetchSpans, fetchThreads, fetchTraces } from "./api";
import { queuesQueryOptions } from "./add-to-queue";
import type { FilterProposals } from "./filter-fields";
import { distinct } from "./samples";
import type { LogsRow } from "./stream-selection";
import type { LogsSelection, LogsType } from "./types";

/** Rows that proposals are taken from. */
const SAMPLE_SIZE = 50;

const NO_ROWS: LogsRow[] = [];
const NO_NAMES: string[] = [];

interface ProposalOptions {
  type: LogsType;
  projectId: string;
  /** Rows to take proposals from: without what a person has filtered by, so that other values are proposed too. */
  selection: LogsSelection;
  scoreNames: readonly string[] | undefined;
  spanScoreNames: readonly string[] | undefined;
  /** Payloads are fetched only when somebody is about to filter or to choose columns. */
  isWanted: boolean;
}

/** Values that filters can propose. */
export function useProposals({ type, projectId, selection, scoreNames = NO_NAMES, spanScoreNames = NO_NAMES, isWanted }: ProposalOptions): FilterProposals {
  const environments = useQuery(environmentsQuery).data;
  const queues = useQuery({ ...queuesQueryOptions(projectId, type === "threads" ? "thread" : "trace"), enabled: isWanted && type !== "spans" }).data;
  const rows =
    useQuery({
      queryKey: [type, "samples", selection],
      queryFn: async ({ signal }): Promise<LogsRow[]> => {
        const request = { page: 1, size: SAMPLE_SIZE, sorting: [], exclude: type === "threads" ? [] : ["comments", "feedback_scores"] };
        const page = await (type === "traces" ? fetchTraces(selection, request, signal) : type === "spans" ? fetchSpans(selection, request, signal) : fetchThreads(selection, request, signal));
        return page.content;
      },
      enabled: isWanted,
      staleTime: 300_000,
    }).data ?? NO_ROWS;
  return useMemo(() => {
    const filled = (values: readonly unknown[]) => values.filter((value) => value !== null && value !== undefined);
    return {
      scoreNames,
      spanScoreNames,
      environments: distinct([...(environments ?? []).map(({ name }) => name), ...rows.map((row) => row.environment)]),
      queues: queues ?? [],
      tags: distinct(rows.flatMap((row) => row.tags ?? [])),
      names: distinct(rows.map((row) => ("name" in row ? row.name : undefined))),
      models: distinct(rows.map((row) => ("model" in row ? row.model : undefined))),
      providers: distinct(rows.map((row) => ("provider" in row ? row.provider : undefined))),
      errorTypes: distinct(rows.map((row) => ("error_info" in row ? row.error_info?.exception_type : undefined))),
      inputs: filled(rows.map((row) => ("input" in row ? row.input : undefined))),
      outputs: filled(rows.map((row) => ("output" in row ? row.output : undefined))),
      metadata: filled(rows.map((row) => ("metadata" in row ? row.metadata : undefined))),
    };
  }, [environments, queues, rows, scoreNames, spanScoreNames]);
}
