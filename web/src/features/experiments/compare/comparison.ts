import { useQueries } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { seriesColor } from "@/lib/colors";
import { useStoredState } from "@/lib/stored-state";
import { textListCodec, useUrlState } from "@/lib/url-state";
import { type Experiment, experimentQuery } from "../api";
import { type Direction, suggestedDirection } from "../model/changes";

/** One of the experiments that are compared. */
export interface Contender {
  id: string;
  /** CSS colour: grey for the baseline, a series colour for each candidate. */
  color: string;
  isBaseline: boolean;
  /** `undefined` while it loads, and when it does not exist. */
  experiment: Experiment | undefined;
  /** Its name, or a stand-in for it. */
  name: string;
  error: unknown;
}

const NONE: string[] = [];

/** Experiments that can be compared at once; more would not be readable. */
export const MAX_CONTENDERS = 10;

/** Ids of the compared experiments in the URL; the first is the baseline. */
export function useExperimentIds(): [readonly string[], (ids: readonly string[]) => void] {
  const [ids, setIds] = useUrlState("experiments", textListCodec, NONE);
  const unique = useMemo(() => [...new Set(ids)].slice(0, MAX_CONTENDERS), [ids]);
  return [unique, useCallback((next: readonly string[]) => setIds([...new Set(next)]), [setIds])];
}

/** The experiments of a comparison, in the order of the URL. */
export function useContenders(ids: readonly string[]): { contenders: readonly Contender[]; isLoading: boolean; refetch: () => void } {
  const results = useQueries({
    queries: ids.map((id) => experimentQuery(id)),
    combine: (queries) => ({
      data: queries.map(({ data, error }) => ({ data, error })),
      isLoading: queries.some((query) => query.isPending),
      refetch: () => queries.forEach((query) => void query.refetch()),
    }),
  });
  const contenders = useMemo(
    () =>
      ids.map((id, index): Contender => {
        const experiment = results.data[index]?.data;
        return {
          id,
          color: index === 0 ? "var(--faint)" : seriesColor(index - 1),
          isBaseline: index === 0 && ids.length > 1,
          experiment,
          name: experiment?.name ?? (results.data[index]?.error ? "Missing experiment" : "…"),
          error: results.data[index]?.error,
        };
      }),
    [ids, results.data],
  );
  return { contenders, isLoading: results.isLoading, refetch: results.refetch };
}

/** Which values of a score are good: what its name suggests, unless a person of this browser has said otherwise. */
export function useDirections(): { directionOf: (name: string) => Direction; setDirection: (name: string, direction: Direction) => void } {
  const [chosen, setChosen] = useStoredState<Record<string, Direction>>("score-directions", {});
  const directionOf = useCallback((name: string) => chosen[name] ?? suggestedDirection(name), [chosen]);
  const setDirection = useCallback((name: string, direction: Direction) => setChosen({ ...chosen, [name]: direction }), [chosen, setChosen]);
  return { directionOf, setDirection };
}
