import type { ReactNode } from "react";
import { Skeleton } from "@/components/ui/states";
import { formatRelative } from "@/lib/format";
import { ProjectMenu, ProjectName, type ProjectRow, PulseCell } from "./project-row";

interface ProjectCardsProps {
  rowCount: number;
  rowAt: (index: number) => ProjectRow | undefined;
  isLoading: boolean;
  empty: ReactNode;
}

/** Cards that a phone shows; a search finds the others. */
const MAX_CARDS = 50;

/** The list of projects where there is no room for a table. */
export function ProjectCards({ rowCount, rowAt, isLoading, empty }: ProjectCardsProps) {
  const rows = Array.from({ length: Math.min(rowCount, MAX_CARDS) }, (_, index) => rowAt(index)).filter((row) => row !== undefined);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto p-3">
      {isLoading && Array.from({ length: 4 }, (_, index) => <Skeleton key={index} className="mb-3 h-44 rounded-lg" />)}
      {!isLoading && rowCount === 0 && empty}
      <ul aria-label="Projects" className="flex flex-col gap-3">
        {rows.map((row) => (
          <li key={row.project.id} className="rounded-lg border border-line bg-surface p-3">
            <div className="flex items-start gap-2">
              <div className="min-w-0 flex-1">
                <ProjectName project={row.project} />
              </div>
              <ProjectMenu row={row} />
            </div>
            <div className="mt-3 grid grid-cols-2 gap-x-6 gap-y-3">
              <PulseCell row={row} kind="traces" hasLabel />
              <PulseCell row={row} kind="errors" hasLabel />
              <PulseCell row={row} kind="cost" hasLabel />
              <PulseCell row={row} kind="duration" hasLabel />
            </div>
            <p className="mt-2 text-xs text-muted">Last activity {formatRelative(row.project.last_updated_trace_at ?? row.project.last_updated_at)}</p>
          </li>
        ))}
      </ul>
      {rowCount > MAX_CARDS && <p className="py-3 text-center text-sm text-muted">Search to find the other {rowCount - MAX_CARDS} projects</p>}
    </div>
  );
}
