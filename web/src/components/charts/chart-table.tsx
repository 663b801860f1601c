import type { ReactNode } from "react";
import type { ChartRow, ChartSeries } from "./series";

interface ChartTableProps {
  caption: string;
  series: readonly ChartSeries[];
  rows: readonly ChartRow[];
  rowName: (row: ChartRow) => ReactNode;
  format: (value: number | null) => string;
}

/** Most rows that a screen reader is given; the newest. */
const MAX_ROWS = 400;

/** The numbers behind a chart, for those who cannot see it. */
export function ChartTable({ caption, series, rows, rowName, format }: ChartTableProps) {
  return (
    <div className="sr-only">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map((one) => (
              <th key={one.id} scope="col">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(-MAX_ROWS).map((row) => (
            <tr key={row.time}>
              <th scope="row">{rowName(row)}</th>
              {row.values.map((value, index) => (
                <td key={index}>{format(value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
