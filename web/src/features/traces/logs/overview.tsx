import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ArrowDownRight, ArrowUpRight } from "lucide-react";
import { useMemo } from "react";
import type { ApiFilter } from "@/components/filters";
import { INTERVAL_MILLIS, type TimeRangeControl } from "@/components/time-range";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { formatCost, formatCostExact, formatCount, formatDuration, formatPercent, NONE } from "@/lib/format";
import { useUrlState, wordCodec } from "@/lib/url-state";
import { type Conditions, type Kpi, kpisQuery, metricQuery } from "./api";
import { Histogram } from "./histogram";
import { bucketsOf, widened } from "./histogram-model";
import { changeOf, comparable } from "./kpis";
import { LOGS_LABELS, type LogsType } from "./types";

const KPI_NAMES = ["count", "errors", "avg_duration", "total_cost"] as const;

type KpiName = (typeof KPI_NAMES)[number];

const kpiCodec = wordCodec(KPI_NAMES);

/** Metric of the chart under a number. */
const METRICS: Record<LogsType, Partial<Record<KpiName, string>>> = {
  traces: { count: "TRACE_COUNT", errors: "TRACE_ERROR_RATE", avg_duration: "TRACE_AVERAGE_DURATION", total_cost: "COST" },
  spans: { count: "SPAN_COUNT", errors: "SPAN_ERROR_RATE", avg_duration: "SPAN_AVERAGE_DURATION", total_cost: "SPAN_COST" },
  threads: { count: "THREAD_COUNT", avg_duration: "THREAD_AVERAGE_DURATION", total_cost: "THREAD_COST" },
};

const FORMATS: Record<KpiName, (value: number | null | undefined) => string> = {
  count: formatCount,
  errors: formatPercent,
  avg_duration: formatDuration,
  total_cost: formatCost,
};

const ONLY_ERRORS: ApiFilter = { field: "error_info", type: "errors", operator: "is_not_empty", value: "" };

const NO_POINTS: never[] = [];

interface OverviewProps {
  type: LogsType;
  conditions: Conditions;
  time: TimeRangeControl;
  refetchInterval: number;
}

/** The main numbers of a selection, and how one of them has changed over time. */
export function Overview({ type, conditions, time, refetchInterval }: OverviewProps) {
  const [chosen, setChosen] = useUrlState("kpi", kpiCodec, "count");
  const metric = METRICS[type][chosen] ? chosen : "count";
  const { start, to, end, interval, setRange } = time;
  const polling = { placeholderData: keepPreviousData, refetchInterval };
  const kpis = useQuery({ ...kpisQuery(type, conditions, start, to), ...polling });
  const points = useQuery({ ...metricQuery(type, METRICS[type][metric] ?? "", conditions, start, to, interval), ...polling });
  const hasErrors = metric === "count" && type !== "threads";
  const withErrors = useMemo(() => ({ ...conditions, filters: [...conditions.filters, ONLY_ERRORS] }), [conditions]);
  const errors = useQuery({ ...metricQuery(type, METRICS[type].count ?? "", withErrors, start, to, interval), ...polling, enabled: hasErrors });

  const format = FORMATS[metric];
  const buckets = useMemo(
    () => bucketsOf(points.data ?? NO_POINTS, hasErrors ? (errors.data ?? NO_POINTS) : NO_POINTS, INTERVAL_MILLIS[interval], Date.parse(start), Date.parse(end)),
    [errors.data, hasErrors, interval, points.data, start, end],
  );
  const values = comparable(kpis.data);
  const labels: Record<KpiName, string> = {
    count: LOGS_LABELS[type].title,
    errors: "Error rate",
    avg_duration: "Avg duration",
    total_cost: "Total cost",
  };
  const show = (range: { from: number; to: number }) => setRange({ kind: "custom", from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() });
  return (
    <section aria-label="Overview" className="flex shrink-0 items-stretch gap-4 border-b border-line bg-surface px-4 py-3 max-lg:flex-col max-md:gap-3 max-md:px-3">
      <div role="group" aria-label="Numbers" className="flex shrink-0 gap-1 max-lg:overflow-x-auto max-md:-mx-1">
        {KPI_NAMES.filter((name) => METRICS[type][name]).map((name) => (
          <KpiCard
            key={name}
            name={name}
            label={labels[name]}
            kpi={values?.[name]}
            isChosen={metric === name}
            isLoading={values === undefined}
            onChoose={() => setChosen(name)}
          />
        ))}
      </div>
      <div className="flex min-w-0 flex-1 flex-col max-md:hidden">
        <Histogram
          label={`${labels[metric]} over time`}
          buckets={buckets}
          format={format}
          isSum={metric === "count" || metric === "total_cost"}
          {...(hasErrors ? { errorsLabel: "with errors" } : {})}
          isLoading={points.isPlaceholderData || points.isPending}
          onSelect={(from, until) => show({ from, to: until })}
          onZoomOut={() => show(widened(Date.parse(start), Date.parse(end), Date.now()))}
        />
      </div>
    </section>
  );
}

interface KpiCardProps {
  name: KpiName;
  label: string;
  kpi: Kpi | undefined;
  isChosen: boolean;
  isLoading: boolean;
  onChoose: () => void;
}

function KpiCard({ name, label, kpi, isChosen, isLoading, onChoose }: KpiCardProps) {
  const change = kpi && changeOf(name === "errors" ? "points" : "relative", kpi);
  const isBadGrowth = name !== "count";
  const isGood = change !== undefined && change.amount > 0 !== isBadGrowth;
  const exact = name === "total_cost" ? formatCostExact(kpi?.current) : undefined;
  const previous = kpi?.previous === null || kpi === undefined ? undefined : `Before: ${FORMATS[name](kpi.previous)}`;
  return (
    <Tooltip content={[exact, previous].filter(Boolean).join("\n")} side="bottom">
      <button
        type="button"
        aria-pressed={isChosen}
        className={cn(
          "flex w-32 shrink-0 flex-col items-start rounded-md px-2.5 py-1.5 text-start transition-colors hover:bg-hover max-md:w-28",
          isChosen && "bg-hover",
        )}
        onClick={onChoose}
      >
        <span className={cn("text-xs", isChosen ? "font-medium text-ink" : "text-muted")}>{label}</span>
        <span data-testid={`metrics-card-${name}-value`} className={cn("tabular text-lg leading-7 font-semibold", isLoading && "opacity-40")}>
          {isLoading ? NONE : FORMATS[name](kpi?.current)}
        </span>
        <span className="tabular flex h-4 items-center gap-0.5 text-xs text-faint">
          {change && change.amount !== 0 ? (
            <span className={cn("flex items-center gap-0.5", isGood ? "text-good" : "text-bad")}>
              {change.amount > 0 ? <ArrowUpRight aria-label="up" className="size-3" /> : <ArrowDownRight aria-label="down" className="size-3" />}
              {change.text}
            </span>
          ) : change ? (
            "no change"
          ) : null}
        </span>
      </button>
    </Tooltip>
  );
}
