import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type Filter, FilterBar, type FilterField } from "@/components/filters";
import { Checkbox, Segmented } from "@/components/ui/choice";
import { Combobox } from "@/components/ui/combobox";
import { Field, Input, NativeSelect, Textarea } from "@/components/ui/field";
import { scoreNamesQuery, usageNamesQuery } from "@/features/metrics/api";
import { BREAKDOWN_LABELS, type BreakdownField, type Entity, isMetricType, METRICS, metricOf, PERCENTILES, usageLabel } from "@/features/metrics/definitions";
import { subMetrics } from "@/features/metrics/sub-metrics";
import { useFilterFields } from "@/features/metrics/use-filter-fields";
import type { JsonObject } from "./config";
import { ProjectPicker } from "./project-picker";
import { scoreStat, STATS, statOf } from "./stats";
import {
  MAX_EXPERIMENTS,
  readLeaderboard,
  readMarkdown,
  readMetric,
  readScores,
  readStats,
  writeLeaderboard,
  writeMetric,
  writeScores,
  writeStats,
} from "./widget-configs";
import { experimentsQuery, scoreNamesOf } from "./widgets/experiments";
import { useDashboardView } from "./widgets/view";

interface FormProps {
  config: JsonObject;
  onChange: (config: JsonObject) => void;
}

const ENTITIES: Record<Entity, string> = { traces: "Traces", spans: "Spans", threads: "Threads" };

/** Settings of a chart. */
export function MetricForm({ config, onChange }: FormProps) {
  const view = useDashboardView();
  const settings = readMetric(config);
  const metric = metricOf(settings.metric);
  const projectId = view.projectId ?? settings.projectId;
  const scores = useQuery({ ...scoreNamesQuery(projectId), enabled: projectId !== "" });
  const usage = useQuery({ ...usageNamesQuery(projectId), enabled: projectId !== "" });
  const set = (change: Partial<typeof settings>) => onChange(writeMetric(config, { ...settings, ...change }));
  const isSplit = settings.breakdown.field !== "none";
  const choices = subMetrics(metric, scores.data ?? [], usage.data ?? []);
  return (
    <>
      {!view.projectId && <ProjectField projectId={settings.projectId} onChange={(next) => set({ projectId: next })} />}
      <Field label="Metric" hint={metric.hint}>
        {(control) => (
          <NativeSelect
            {...control}
            value={settings.metric}
            onChange={(event) => {
              const next = event.target.value;
              if (isMetricType(next)) set({ metric: next, parts: [], filters: metricOf(next).entity === metric.entity ? settings.filters : [], breakdown: { field: "none" } });
            }}
          >
            {Object.entries(ENTITIES).map(([entity, label]) => (
              <optgroup key={entity} label={label}>
                {METRICS.filter((candidate) => candidate.entity === entity).map((candidate) => (
                  <option key={candidate.type} value={candidate.type}>
                    {candidate.label}
                  </option>
                ))}
              </optgroup>
            ))}
          </NativeSelect>
        )}
      </Field>
      {metric.breakdowns.length > 0 && (
        <Field label="Break down by">
          {(control) => (
            <NativeSelect
              {...control}
              value={settings.breakdown.field}
              onChange={(event) => set({ breakdown: { ...settings.breakdown, field: metric.breakdowns.find((field) => field === event.target.value) ?? "none" } })}
            >
              {(["none", ...metric.breakdowns] satisfies BreakdownField[]).map((field) => (
                <option key={field} value={field}>
                  {BREAKDOWN_LABELS[field]}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
      )}
      {settings.breakdown.field === "metadata" && (
        <Field label="Metadata key">
          {(control) => <Input {...control} value={settings.breakdown.metadataKey ?? ""} onChange={(event) => set({ breakdown: { ...settings.breakdown, metadataKey: event.target.value || undefined } })} />}
        </Field>
      )}
      {metric.subMetric && isSplit && choices.length > 0 && (
        <Field label="Series" hint="Groups can show one series of this metric">
          {(control) => (
            <NativeSelect {...control} value={settings.breakdown.subMetric ?? choices[0]?.[0]} onChange={(event) => set({ breakdown: { ...settings.breakdown, subMetric: event.target.value } })}>
              {choices.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
      )}
      {metric.subMetric === "percentile" && !isSplit && (
        <fieldset className="flex flex-col gap-1.5">
          <legend className="mb-1 text-sm font-medium">Percentiles</legend>
          <div className="flex gap-4">
            {PERCENTILES.map((name) => {
              const shown = settings.parts.length === 0 ? [...PERCENTILES] : settings.parts;
              return (
                <label key={name} className="flex items-center gap-1.5 text-sm">
                  <Checkbox checked={shown.includes(name)} onCheckedChange={(checked) => set({ parts: PERCENTILES.filter((other) => (other === name ? checked : shown.includes(other))) })} />
                  {name}
                </label>
              );
            })}
          </div>
        </fieldset>
      )}
      {(metric.subMetric === "score" || metric.subMetric === "usage") && !isSplit && (
        <NamesField
          label={metric.subMetric === "score" ? "Scores" : "Kinds of tokens"}
          names={settings.parts}
          known={choices}
          onChange={(parts) => set({ parts })}
        />
      )}
      <div className="flex flex-wrap gap-4">
        {isSplit && (
          <div className="flex flex-col gap-1">
            <span className="text-sm font-medium">Groups</span>
            <Segmented
              label="How groups are shown"
              value={settings.isTotal ? "total" : "time"}
              onValueChange={(mode) => set({ isTotal: mode === "total" })}
              options={[
                { value: "time", label: "Over time" },
                { value: "total", label: "Totals" },
              ]}
            />
          </div>
        )}
        {!(isSplit && settings.isTotal) && (
          <div className="flex flex-col gap-1">
            <span className="text-sm font-medium">Shape</span>
            <Segmented
              label="Shape"
              value={settings.shape}
              onValueChange={(shape) => set({ shape })}
              options={[
                { value: "line", label: "Lines" },
                { value: "bars", label: "Bars" },
              ]}
            />
          </div>
        )}
      </div>
      {projectId && <ProjectFilters projectId={projectId} entity={metric.entity} from={view.range.from} filters={settings.filters} onChange={(filters) => set({ filters })} />}
    </>
  );
}

/** Settings of a number. */
export function StatsForm({ config, onChange }: FormProps) {
  const view = useDashboardView();
  const settings = readStats(config);
  const projectId = view.projectId ?? settings.projectId;
  const scores = useQuery({ ...scoreNamesQuery(projectId), enabled: projectId !== "" });
  const set = (change: Partial<typeof settings>) => onChange(writeStats(config, { ...settings, ...change }));
  const options = [...STATS[settings.source], ...(scores.data ?? []).map((name) => statOf(settings.source, scoreStat(name)))];
  const isKnown = options.some((stat) => stat.name === settings.stat);
  return (
    <>
      {!view.projectId && <ProjectField projectId={settings.projectId} onChange={(next) => set({ projectId: next })} />}
      <div className="flex flex-col gap-1">
        <span className="text-sm font-medium">Of</span>
        <Segmented
          label="What is counted"
          value={settings.source}
          onValueChange={(source) => set({ source, stat: source === "spans" ? "span_count" : "trace_count", filters: [] })}
          options={[
            { value: "traces", label: "Traces" },
            { value: "spans", label: "Spans" },
          ]}
        />
      </div>
      <Field label="Number">
        {(control) => (
          <NativeSelect {...control} value={settings.stat} onChange={(event) => set({ stat: event.target.value })}>
            {!isKnown && <option value={settings.stat}>{settings.stat}</option>}
            {options.map((stat) => (
              <option key={stat.name} value={stat.name}>
                {stat.name.startsWith("feedback_scores.") ? `Score: ${stat.label}` : stat.label}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      {projectId && <ProjectFilters projectId={projectId} entity={settings.source} from={view.range.from} filters={settings.filters} onChange={(filters) => set({ filters })} />}
    </>
  );
}

/** Content of a text. */
export function MarkdownForm({ config, onChange }: FormProps) {
  return (
    <Field label="Text" hint="Markdown: headings, lists, tables, links, code">
      {(control) => <Textarea {...control} rows={14} className="font-mono" value={readMarkdown(config)} onChange={(event) => onChange({ ...config, content: event.target.value })} />}
    </Field>
  );
}

const EXPERIMENT_FIELDS: readonly FilterField[] = [
  { field: "name", label: "Name", type: "string" },
  { field: "dataset_id", label: "Dataset id", type: "string", operators: ["=", "!="] },
  { field: "tags", label: "Tags", type: "list", isPinned: true },
  { field: "metadata", label: "Configuration", type: "dictionary" },
  { field: "feedback_scores", label: "Score", type: "feedback_scores_number", keyLabel: "Score" },
];

/** Settings of a comparison of experiments. */
export function ExperimentsForm({ config, onChange }: FormProps) {
  const view = useDashboardView();
  const settings = readScores(config);
  const query = useQuery(experimentsQuery({ projectId: view.projectId ?? settings.projectId, filters: settings.filters, size: settings.maxExperiments }));
  const set = (change: Partial<typeof settings>) => onChange(writeScores(config, { ...settings, ...change }));
  return (
    <>
      {!view.projectId && <ProjectField projectId={settings.projectId} allLabel="All projects" onChange={(next) => set({ projectId: next })} />}
      <div className="flex flex-col gap-1">
        <span className="text-sm font-medium">Shape</span>
        <Segmented
          label="Shape"
          value={settings.shape}
          onValueChange={(shape) => set({ shape })}
          options={[
            { value: "radar", label: "Radar" },
            { value: "bars", label: "Bars" },
            { value: "line", label: "Lines" },
          ]}
        />
        {settings.shape === "radar" && <p className="text-xs text-muted">Fewer than three scores are drawn as bars</p>}
      </div>
      <CountField label="Experiments" value={settings.maxExperiments} onChange={(maxExperiments) => set({ maxExperiments })} />
      <NamesField label="Scores" names={settings.scores} known={scoreNamesOf(query.data ?? []).map((name) => [name, name] as const)} onChange={(scores) => set({ scores })} />
      <FiltersField fields={EXPERIMENT_FIELDS} filters={settings.filters} onChange={(filters) => set({ filters })} />
    </>
  );
}

/** Settings of a table of experiments. */
export function LeaderboardForm({ config, onChange }: FormProps) {
  const view = useDashboardView();
  const settings = readLeaderboard(config);
  const query = useQuery(experimentsQuery({ projectId: view.projectId ?? settings.projectId, filters: settings.filters, size: MAX_EXPERIMENTS }));
  const set = (change: Partial<typeof settings>) => onChange(writeLeaderboard(config, { ...settings, ...change }));
  const names = scoreNamesOf(query.data ?? []);
  const options = [...(settings.rankBy && settings.rankBy !== "duration" && settings.rankBy !== "cost" && !names.includes(settings.rankBy) ? [settings.rankBy] : []), ...names];
  return (
    <>
      {!view.projectId && <ProjectField projectId={settings.projectId} allLabel="All projects" onChange={(next) => set({ projectId: next })} />}
      <label className="flex items-center gap-2 text-sm font-medium">
        <Checkbox checked={settings.isRanked} onCheckedChange={(isRanked) => set({ isRanked })} />
        Rank the experiments
      </label>
      {settings.isRanked && (
        <>
          <Field label="By">
            {(control) => (
              <NativeSelect {...control} value={settings.rankBy || (names[0] ?? "duration")} onChange={(event) => set({ rankBy: event.target.value, isHighBest: event.target.value !== "duration" && event.target.value !== "cost" })}>
                {options.map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
                <option value="duration">Median duration</option>
                <option value="cost">Cost</option>
              </NativeSelect>
            )}
          </Field>
          <Segmented
            label="What is best"
            value={settings.isHighBest ? "high" : "low"}
            onValueChange={(best) => set({ isHighBest: best === "high" })}
            options={[
              { value: "high", label: "Highest first" },
              { value: "low", label: "Lowest first" },
            ]}
            className="self-start"
          />
        </>
      )}
      <CountField label="Rows" value={settings.maxRows} onChange={(maxRows) => set({ maxRows })} />
      <FiltersField fields={EXPERIMENT_FIELDS} filters={settings.filters} onChange={(filters) => set({ filters })} />
    </>
  );
}

function ProjectField({ projectId, onChange, allLabel }: { projectId: string; onChange: (projectId: string) => void; allLabel?: string }) {
  return <Field label="Project">{(control) => <ProjectPicker id={control.id} projectId={projectId} onChange={onChange} {...(allLabel ? { allLabel } : {})} />}</Field>;
}

function CountField({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  return (
    <Field label={label} hint={`1 to ${MAX_EXPERIMENTS}, the latest`}>
      {(control) => (
        <Input
          {...control}
          type="number"
          min={1}
          max={MAX_EXPERIMENTS}
          className="w-28"
          value={value}
          onChange={(event) => {
            const next = Math.round(Number(event.target.value));
            if (next >= 1 && next <= MAX_EXPERIMENTS) onChange(next);
          }}
        />
      )}
    </Field>
  );
}

interface NamesFieldProps {
  label: string;
  /** Chosen names; all when empty. */
  names: readonly string[];
  known: readonly (readonly [value: string, label: string])[];
  onChange: (names: string[]) => void;
}

function NamesField({ label, names, known, onChange }: NamesFieldProps) {
  const rest = known.filter(([value]) => !names.includes(value));
  const labelOf = (name: string) => known.find(([value]) => value === name)?.[1] ?? (label === "Scores" ? name : usageLabel(name));
  return (
    <div className="flex flex-col gap-1.5">
      <span className="text-sm font-medium">{label}</span>
      {names.length === 0 && <p className="text-xs text-muted">All of them</p>}
      {names.length > 0 && (
        <ul className="flex flex-wrap gap-1">
          {names.map((name) => (
            <li key={name} className="inline-flex h-6 max-w-full items-center gap-1 rounded-md border border-line bg-surface ps-2 pe-1 text-xs">
              <span className="truncate">{labelOf(name)}</span>
              <button type="button" aria-label={`Remove ${labelOf(name)}`} className="rounded-sm text-faint hover:text-ink" onClick={() => onChange(names.filter((other) => other !== name))}>
                <X className="size-3.5" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <Combobox
        label={label}
        placeholder={names.length === 0 ? "Choose some…" : "Add another…"}
        className="w-full"
        value={undefined}
        options={rest.map(([value, text]) => ({ value, label: text }))}
        onValueChange={(name) => onChange([...names, name])}
      />
    </div>
  );
}

interface FiltersFieldProps {
  fields: readonly FilterField[];
  filters: readonly Filter[];
  onChange: (filters: Filter[]) => void;
}

function FiltersField({ fields, filters, onChange }: FiltersFieldProps) {
  return (
    <div className="flex flex-col gap-1.5">
      <span className="text-sm font-medium">Filters</span>
      <FilterBar fields={fields} filters={filters} onChange={onChange} />
    </div>
  );
}

interface ProjectFiltersProps {
  projectId: string;
  entity: Entity;
  from: string;
  filters: readonly Filter[];
  onChange: (filters: Filter[]) => void;
}

function ProjectFilters({ projectId, entity, from, filters, onChange }: ProjectFiltersProps) {
  const fields = useFilterFields(projectId, entity, from);
  return <FiltersField fields={fields} filters={filters} onChange={onChange} />;
}
