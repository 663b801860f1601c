import { bucketsOf, type ChartSeries, fillBuckets } from "@/components/charts";
import { colorOf, freeColor, SERIES, seriesColor } from "@/lib/colors";
import type { Breakdown, MetricSeriesData } from "./api";
import { type BreakdownField, type MetricDefinition, PERCENTILES, USUAL_USAGE, usageLabel } from "./definitions";

/** Name under which the server puts the groups after the tenth. */
export const OTHERS = "__others__";

const OTHERS_COLOR = "var(--line-strong)";

/** Colours of series that mean the same on every page. */
const PERCENTILE_COLORS: Record<string, string> = { p50: seriesColor(0), p90: seriesColor(1), p99: seriesColor(3) };

/**
 * Colours by name that differ within one chart as long as there are enough of them. The order of the names does not
 * matter, so that charts of the same groups agree.
 */
export function distinctColors(names: readonly string[]): Map<string, string> {
  const used = new Set<string>();
  const colors = new Map<string, string>();
  for (const name of [...names].sort()) {
    const first = colorOf(name);
    const color = used.has(first) ? (freeColor(used) ?? seriesColor(SERIES - 1)) : first;
    used.add(color);
    colors.set(name, color);
  }
  return colors;
}

/** Colour of a metric that is one series. */
export function metricColor(metric: MetricDefinition): string {
  if (metric.type.endsWith("ERROR_RATE") || metric.type === "GUARDRAILS_FAILED_COUNT") return seriesColor(7);
  switch (metric.unit) {
    case "cost":
      return seriesColor(2);
    case "duration":
      return seriesColor(5);
    default:
      return metric.entity === "threads" ? seriesColor(4) : metric.entity === "spans" ? seriesColor(8) : seriesColor(0);
  }
}

/** What a group is called. */
export function groupLabel(name: string, field?: BreakdownField): string {
  if (field === "error_info") return name === "Has Error" ? "With an error" : "Without error";
  return name === OTHERS ? "Others" : name === "" ? "Unknown" : name;
}

/** Percentile, score or usage key that a series without breakdown stands for. */
function partOf(metric: MetricDefinition, name: string): string {
  return metric.subMetric === "percentile" ? name.slice(name.lastIndexOf(".") + 1) : name;
}

function rank(metric: MetricDefinition, part: string): number {
  const order: readonly string[] = metric.subMetric === "percentile" ? PERCENTILES : USUAL_USAGE;
  const place = order.indexOf(part);
  return place < 0 ? order.length : place;
}

/** The points of a share without those of buckets in which there was nothing: the server calls a share of nothing zero. */
export function sharesOf(shares: readonly MetricSeriesData[], counts: readonly MetricSeriesData[]): MetricSeriesData[] {
  const counted = new Map(counts.flatMap((series) => series.data.map((point) => [Date.parse(point.time), point.value])));
  return shares.map((series) => ({ ...series, data: series.data.map((point) => (counted.get(Date.parse(point.time)) === 0 ? { ...point, value: null } : point)) }));
}

interface SeriesOptions {
  breakdown?: Breakdown | undefined;
  /** Percentiles, scores or usage keys to show; all when empty. */
  parts?: readonly string[] | undefined;
  /** Colour of a score by its name. */
  scoreColorOf?: ((name: string) => string) | undefined;
  /** The range of the chart, for buckets that groups lack. `undefined` for totals. */
  range?: { from: number; to: number; interval: "HOURLY" | "DAILY" | "WEEKLY" } | undefined;
}

/** Turns an answer of the metrics endpoint into series with names, colours and the same buckets. */
export function seriesOf(metric: MetricDefinition, results: readonly MetricSeriesData[], { breakdown, parts = [], range, scoreColorOf = colorOf }: SeriesOptions = {}): ChartSeries[] {
  const pointsOf = (result: MetricSeriesData) => result.data.map((point) => ({ time: Date.parse(point.time), value: point.value ?? null }));
  if (breakdown && breakdown.field !== "none") {
    const colors = distinctColors(results.filter((result) => result.name !== OTHERS).map((result) => result.name));
    const groups = results.map((result) => ({
      id: result.name,
      label: groupLabel(result.name, breakdown.field),
      color: errorColor(breakdown.field, result.name) ?? colors.get(result.name) ?? OTHERS_COLOR,
      points: pointsOf(result),
    }));
    return range ? fillBuckets(groups, bucketsOf(range.from, range.to, range.interval), metric.isAdditive ? 0 : null) : groups;
  }
  if (!metric.subMetric) {
    return results.map((result) => ({ id: result.name, label: metric.label, color: metricColor(metric), points: pointsOf(result) }));
  }
  const known = results
    .map((result) => ({ result, part: partOf(metric, result.name) }))
    .filter(({ part }) => part !== "" && (parts.length === 0 || parts.includes(part)))
    .sort((a, b) => rank(metric, a.part) - rank(metric, b.part) || a.part.localeCompare(b.part));
  return known.map(({ result, part }, index) => ({
    id: part,
    label: metric.subMetric === "usage" ? usageLabel(part) : part,
    color: PERCENTILE_COLORS[part] ?? (metric.subMetric === "score" ? scoreColorOf(part) : seriesColor(index)),
    points: pointsOf(result),
  }));
}

function errorColor(field: BreakdownField, name: string): string | undefined {
  if (field === "error_info") return name === "Has Error" ? seriesColor(7) : seriesColor(0);
  return undefined;
}
