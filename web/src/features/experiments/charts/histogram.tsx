import { useMemo } from "react";
import { Tooltip } from "@/components/ui/tooltip";
import { formatCount, formatScore } from "@/lib/format";
import { binsOf } from "../model/distribution";

export interface HistogramSeries {
  id: string;
  name: string;
  color: string;
  values: readonly number[];
}

const WIDTH = 320;
const HEIGHT = 110;

/** How often which value occurs, one bar per series in every bin. */
export function Histogram({ series, label }: { series: readonly HistogramSeries[]; label: string }) {
  const bins = useMemo(() => binsOf(series.map(({ values }) => values)), [series]);
  const top = Math.max(1, ...bins.flatMap(({ counts }) => counts));
  const slot = WIDTH / Math.max(1, bins.length);
  const gap = Math.min(6, slot * 0.18);
  const bar = Math.min(22, (slot - gap) / Math.max(1, series.length));
  const nameOf = (from: number, to: number) => (from === to ? formatScore(from) : `${formatScore(from)} to ${formatScore(to)}`);
  return (
    <figure aria-label={label} className="min-w-0">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 16}`} className="max-h-40 w-full">
        <line x1={0} x2={WIDTH} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} className="stroke-line-strong" strokeWidth={1} />
        {bins.map(({ from, to, counts }, place) => {
          const left = place * slot + (slot - bar * series.length) / 2;
          const isLabelled = from === to || place === 0 || place === bins.length - 1;
          return (
            <Tooltip key={from} content={`${nameOf(from, to)}\n${series.map(({ name }, index) => `${name}: ${formatCount(counts[index] ?? 0)}`).join("\n")}`}>
              <g>
                <rect x={place * slot} y={0} width={slot} height={HEIGHT} className="fill-transparent hover:fill-hover" />
                {series.map(({ id, color }, index) => {
                  const height = ((counts[index] ?? 0) / top) * (HEIGHT - 6);
                  return height > 0 ? <rect key={id} x={left + index * bar} y={HEIGHT - Math.max(1.5, height)} width={Math.max(1, bar - 1)} height={Math.max(1.5, height)} rx={1} style={{ fill: color }} pointerEvents="none" /> : null;
                })}
                {isLabelled && (
                  <text x={from === to ? place * slot + slot / 2 : place === 0 ? 0 : WIDTH} y={HEIGHT + 12} textAnchor={from === to ? "middle" : place === 0 ? "start" : "end"} className="fill-faint text-[9px]">
                    {formatScore(from === to || place === 0 ? from : to)}
                  </text>
                )}
              </g>
            </Tooltip>
          );
        })}
      </svg>
      <table className="sr-only">
        <caption>{label}</caption>
        <tbody>
          {bins.map(({ from, to, counts }) => (
            <tr key={from}>
              <th scope="row">{nameOf(from, to)}</th>
              {counts.map((count, index) => (
                <td key={series[index]?.id ?? index}>{count}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
