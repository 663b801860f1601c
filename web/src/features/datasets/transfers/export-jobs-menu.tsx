import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Download, LoaderCircle } from "lucide-react";
import { Button, IconButton, Popover } from "@/components/ui";
import { formatRelative } from "@/lib/format";
import type { ExportJob } from "../model";
import { downloadExport, exportJobsQuery, isRunning } from "./export-jobs";

const STATUS: Record<ExportJob["status"], string> = { PENDING: "Waiting", PROCESSING: "Writing", COMPLETED: "Ready", FAILED: "Failed" };

/** Exports that the server has made or is making; nothing when there are none. */
export function ExportJobsMenu() {
  const { data: jobs = [] } = useQuery(exportJobsQuery());
  if (jobs.length === 0) return null;
  const running = jobs.filter(isRunning).length;
  const isNew = jobs.some((job) => job.status === "COMPLETED" && !job.viewed_at);
  return (
    <Popover
      align="end"
      label="Exports"
      className="w-88 p-0"
      trigger={
        <IconButton label={running > 0 ? `Exports, ${running} at work` : "Exports"} size="md" className="relative">
          {running > 0 ? <LoaderCircle className="animate-spin" /> : <Download />}
          {isNew && running === 0 && <span aria-hidden className="absolute top-1 right-1 size-1.5 rounded-full bg-accent" />}
        </IconButton>
      }
    >
      <p className="border-b border-line px-3 py-2 text-sm font-medium">Exports of the last day</p>
      <ul className="flex flex-col p-1">
        {jobs.map((job) => (
          <li key={job.id} className="flex min-h-11 items-center gap-2.5 rounded-md px-2 py-1">
            {isRunning(job) ? (
              <LoaderCircle className="size-4 shrink-0 animate-spin text-accent" />
            ) : job.status === "FAILED" ? (
              <CircleAlert className="size-4 shrink-0 text-bad" />
            ) : (
              <CircleCheck className="size-4 shrink-0 text-good" />
            )}
            <div className="min-w-0 flex-1">
              <p className="truncate font-medium">{job.dataset_name}</p>
              <p className="truncate text-xs text-muted">
                {STATUS[job.status]} · {job.error_message ?? formatRelative(job.created_at)}
              </p>
            </div>
            {job.status === "COMPLETED" && (
              <Button size="sm" onClick={() => void downloadExport(job)}>
                Download
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Popover>
  );
}
