import { useQuery } from "@tanstack/react-query";
import type { Filter } from "@/components/filters";
import { textCodec, useUrlState } from "@/lib/url-state";
import { sourcesQuery } from "./api";
import type { LogsType } from "./types";

/** Value of the URL's `source` that shows rows of every source. */
const EVERY_SOURCE = "all";

const ONLY_SDK: Filter = { field: "source", type: "category", operator: "=", value: "sdk" };

export interface SourceFilter {
  /** The condition in force, when there is one. */
  filter: Filter | undefined;
  /** Whether it hides anything, so that it has to be shown. */
  isVisible: boolean;
  /** It is not known yet whether the project has other rows than those shown. */
  isPending: boolean;
  /** Shows the rows of every source. */
  clear: () => void;
}

/**
 * What applications log is what people look for first, so rows that experiments, the playground and evaluators have made
 * stay away until asked for: by taking away the chip that says so. A condition of one's own on the source replaces this,
 * and nothing is left out in a project that has no rows of applications.
 */
export function useSourceFilter(type: LogsType, projectId: string, filters: readonly Filter[], isEnabled: boolean): SourceFilter {
  const [chosen, setChosen] = useUrlState("source", textCodec, "");
  const sources = useQuery({ ...sourcesQuery(type, projectId), enabled: isEnabled }).data;
  const isOff = chosen === EVERY_SOURCE || filters.some((filter) => filter.field === "source") || (sources !== undefined && !sources.includes("sdk"));
  return {
    filter: isOff ? undefined : ONLY_SDK,
    isVisible: !isOff && sources?.some((source) => source !== "sdk") === true,
    isPending: sources === undefined,
    clear: () => setChosen(EVERY_SOURCE),
  };
}
