import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import type { Contender } from "./comparison";

interface ContenderTableProps {
  /** Name of the region that scrolls sideways. */
  label: string;
  /** Head of the first column. */
  head: string;
  contenders: readonly Contender[];
  /** Rows: a head, then a cell for each of the experiments. */
  children: ReactNode;
  /** Under the rows, such as what to do when there are none. */
  footer?: ReactNode;
}

/** A table with a column for each of the compared experiments. */
export function ContenderTable({ label, head, contenders, children, footer }: ContenderTableProps) {
  return (
    <div className="overflow-x-auto rounded-lg border border-line bg-surface" role="region" aria-label={label} tabIndex={0}>
      <table className="w-full text-sm [&_tbody_td]:border-t [&_tbody_th]:border-t [&_tbody_th]:text-start [&_tbody_th]:align-top [&_tbody_th]:font-normal [&_td]:border-line/70 [&_td]:px-3 [&_td]:py-2 [&_td]:align-top [&_th]:border-line/70 [&_th]:px-3 [&_th]:py-2">
        <thead className="text-xs text-muted">
          <tr>
            <th scope="col" className="w-60 text-start font-medium">
              {head}
            </th>
            {contenders.map((contender) => (
              <th key={contender.id} scope="col" className="min-w-52 text-start font-medium">
                <span className="inline-flex items-center gap-1.5">
                  <span aria-hidden className="size-2 rounded-full" style={{ background: contender.color }} />
                  {contender.name}
                  {contender.isBaseline && <Badge tone="accent">Baseline</Badge>}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
      {footer}
    </div>
  );
}
