import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Page } from "@/app/page";
import { FilterBar, filtersCodec } from "@/components/filters";
import { TimeRangePicker, useTimeRange } from "@/components/time-range";
import { Segmented } from "@/components/ui/choice";
import { NativeSelect } from "@/components/ui/field";
import { useProject } from "@/features/projects/project-context";
import { textCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { scoreNamesQuery, statsQuery, usageNamesQuery } from "./api";
import { BreakdownPicker } from "./breakdown-picker";
import { BREAKDOWN_LABELS, type BreakdownField, type Entity, type MetricDefinition, metricOf, type MetricType, USUAL_USAGE } from "./definitions";
import { KpiRow } from "./kpis";
import { type ChartRange, MetricChart } from "./metric-chart";
import { subMetrics } from "./sub-metrics";
import { useFilterFields } from "./use-filter-fields";

const ENTITIES = ["traces", "spans", "threads"] as const satisfies readonly Entity[];
const entityCodec = wordCodec(ENTITIES);
const modeCodec = wordCodec(["time", "total"]);

const CHARTS: Record<Entity, readonly MetricType[]> = {
  traces: ["TRACE_COUNT", "TRACE_ERROR_RATE", "DURATION", "COST", "TOKEN_USAGE", "FEEDBACK_SCORES", "GUARDRAILS_FAILED_COUNT"],
  spans: ["SPAN_COUNT", "SPAN_ERROR_RATE", "SPAN_DURATION", "SPAN_COST", "SPAN_TOKEN_USAGE", "SPAN_FEEDBACK_SCORES"],
  threads: ["THREAD_COUNT", "THREAD_DURATION", "THREAD_COST", "THREAD_FEEDBACK_SCORES"],
};

/** What can be chosen to split by, with all metrics of an entity taken together. */
const FIELDS: Record<Entity, readonly BreakdownField[]> = {
  traces: metricOf("TRACE_COUNT").breakdowns,
  spans: metricOf("SPAN_COUNT").breakdowns,
  threads: metricOf("THREAD_COUNT").breakdowns,
};

const fieldCodec = wordCodec(Object.keys(BREAKDOWN_LABELS) as BreakdownField[]);

/** All metrics of a project over time, split and filtered as one likes. */
export function MetricsPage() {
  const project = useProject();
  const time = useTimeRange();
  const setQuery = useSetUrlQuery();
  const [entity] = useUrlState("logsType", entityCodec, "traces");
  const [filters, setFilters] = useUrlState(`${entity}_filters`, filtersCodec, []);
  const [field] = useUrlState("breakdown", fieldCodec, "none");
  const [metadataKey] = useUrlState("breakdown_key", textCodec, "");
  const [mode, setMode] = useUrlState("mode", modeCodec, "time");
  const fields = useFilterFields(project.id, entity, time.start);
  const range: ChartRange = useMemo(() => ({ from: time.start, to: time.to, end: time.end, interval: time.interval }), [time.end, time.interval, time.start, time.to]);
  const stats = useQuery(statsQuery({ projectId: project.id, entity, from: time.from, to: time.to }));
  const hasGuardrails = Boolean(stats.data?.get("guardrails_failed_count"));
  const metrics = CHARTS[entity].filter((type) => type !== "GUARDRAILS_FAILED_COUNT" || hasGuardrails);
  const isSplit = field !== "none" && FIELDS[entity].includes(field) && (field !== "metadata" || metadataKey !== "");

  return (
    <Page
      title="Metrics"
      isFull
      actions={<TimeRangePicker range={time.range} start={time.start} end={time.end} onRangeChange={time.setRange} />}
    >
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line bg-ground px-4 py-2.5 max-md:px-3">
        <Segmented
          label="What to measure"
          value={entity}
          onValueChange={(next) => setQuery({ logsType: next === "traces" ? undefined : next, breakdown: FIELDS[next].includes(field) ? field : undefined })}
          options={[
            { value: "traces", label: "Traces" },
            { value: "spans", label: "Spans" },
            { value: "threads", label: "Threads" },
          ]}
        />
        <BreakdownPicker
          fields={FIELDS[entity]}
          field={FIELDS[entity].includes(field) ? field : "none"}
          metadataKey={metadataKey}
          onChange={(next, key) => setQuery({ breakdown: next === "none" ? undefined : next, breakdown_key: key || undefined })}
        />
        {isSplit && (
          <Segmented
            label="How groups are shown"
            size="sm"
            value={mode}
            onValueChange={setMode}
            options={[
              { value: "time", label: "Over time" },
              { value: "total", label: "Totals" },
            ]}
          />
        )}
        <FilterBar fields={fields} filters={filters} onChange={setFilters} />
      </div>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4 max-md:p-3">
        <KpiRow projectId={project.id} entity={entity} range={range} filters={filters} />
        <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
          {metrics.map((type) => (
            <MetricPanel
              key={type}
              projectId={project.id}
              metric={metricOf(type)}
              range={range}
              filters={filters}
              field={isSplit ? field : "none"}
              metadataKey={metadataKey}
              isTotal={mode === "total"}
            />
          ))}
        </div>
      </div>
    </Page>
  );
}

const ALL: readonly string[] = [];

interface MetricPanelProps {
  projectId: string;
  metric: MetricDefinition;
  range: ChartRange;
  filters: Parameters<typeof MetricChart>[0]["filters"];
  field: BreakdownField;
  metadataKey: string;
  isTotal: boolean;
}

/** A chart with its title and, where it has several series, the choice among them. */
function MetricPanel({ projectId, metric, range, filters = [], field, metadataKey, isTotal }: MetricPanelProps) {
  const scores = useQuery({ ...scoreNamesQuery(projectId), enabled: metric.subMetric === "score" });
  const usage = useQuery({ ...usageNamesQuery(projectId), enabled: metric.subMetric === "usage" });
  const canSplit = field !== "none" && metric.breakdowns.includes(field);
  const choices = subMetrics(metric, scores.data ?? [], usage.data ?? []);
  const [picked, setPicked] = useState<string>();
  const subMetric = choices.find(([value]) => value === picked)?.[0] ?? choices[0]?.[0];
  const breakdown = canSplit ? { field, metadataKey: metadataKey || undefined, subMetric: metric.subMetric ? subMetric : undefined } : undefined;
  const parts = metric.subMetric === "usage" && !canSplit ? USUAL_USAGE : ALL;
  const cannot = canSplit && metric.subMetric !== undefined && subMetric === undefined;
  return (
    <section aria-label={metric.label} className="flex min-w-0 flex-col rounded-lg border border-line bg-surface p-4">
      <header className="mb-3 flex min-h-6 items-center gap-2">
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-sm font-semibold">{metric.label}</h2>
          <p className="truncate text-xs text-muted">
            {metric.hint}
            {field !== "none" && !canSplit && " · cannot be split"}
          </p>
        </div>
        {canSplit && choices.length > 1 && subMetric !== undefined && (
          <NativeSelect aria-label={`Series of ${metric.label}`} className="h-7 w-auto max-w-44" value={subMetric} onChange={(event) => setPicked(event.target.value)}>
            {choices.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </NativeSelect>
        )}
      </header>
      {cannot ? (
        <p className="flex h-60 items-center justify-center text-sm text-muted">Nothing in this time range</p>
      ) : (
        <MetricChart projectId={projectId} metric={metric} range={range} filters={filters} breakdown={breakdown} parts={parts} isTotal={isTotal} />
      )}
    </section>
  );
}
