import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, CircleCheck } from "lucide-react";
import { useState } from "react";
import { api, dataOf } from "@/api/client";
import { useWorkspace } from "@/app/workspace";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatRelative } from "@/lib/format";

/** Milliseconds between two looks. */
const POLL = 3000;

/**
 * The newest trace of a project by name, or `null` when there is no such project or trace. The project is looked for in
 * the list: asking for what does not exist yet would fill the browser's console with errors.
 */
async function fetchNewest(projectName: string, signal: AbortSignal) {
  const { content } = await dataOf(api.GET("/v1/private/projects", { params: { query: { page: 1, size: 100, name: projectName } }, signal }));
  const project = content.find((candidate) => candidate.name.toLowerCase() === projectName.toLowerCase());
  if (!project?.last_updated_trace_at) return null;
  const query = { project_id: project.id, page: 1, size: 1, truncate: true, exclude: JSON.stringify(["input", "output", "metadata"]) };
  return (await dataOf(api.GET("/v1/private/traces", { params: { query }, signal }))).content[0] ?? null;
}

/** Waits for a new trace of a project and leads to it. */
export function FirstTrace({ projectName }: { projectName: string }) {
  // A new name is a new wait.
  return <Waiting key={projectName} projectName={projectName} />;
}

function Waiting({ projectName }: { projectName: string }) {
  const workspace = useWorkspace();
  const newest = useQuery({
    queryKey: ["projects", "first-trace", projectName],
    queryFn: ({ signal }) => fetchNewest(projectName, signal),
    enabled: projectName !== "",
    refetchInterval: POLL,
    staleTime: 0,
    gcTime: 0,
  });
  const [before, setBefore] = useState<string | null>();
  const trace = newest.data;
  if (trace !== undefined && before === undefined && !newest.isFetching) setBefore(trace?.id ?? null);
  const hasArrived = Boolean(trace && before !== undefined && trace.id !== before);
  const logs = trace ? `/${workspace}/projects/${trace.project_id}/logs` : undefined;
  return (
    <div
      role="status"
      className={cn(
        "flex min-h-13 flex-wrap shadow-md items-center gap-x-3 gap-y-2 rounded-lg border px-4 py-2.5 transition-colors",
        hasArrived ? "border-transparent bg-good-soft text-good" : "border-line bg-surface",
      )}
    >
      {hasArrived ? <CircleCheck className="size-4.5 shrink-0" /> : <Pulse />}
      <p className="min-w-0 flex-1 text-sm">
        {hasArrived ? (
          <strong className="font-semibold">Your trace has arrived{trace?.name ? `: ${trace.name}` : ""}</strong>
        ) : newest.isError && trace === undefined ? (
          "The server cannot be asked for traces right now; trying again"
        ) : (
          <>
            <span className="font-medium">Waiting for {trace ? "a new" : "the first"} trace</span>
            {trace && <span className="text-muted"> · the last one came {formatRelative(trace.last_updated_at)}</span>}
          </>
        )}
      </p>
      {logs && trace && (
        <Button asChild variant={hasArrived ? "primary" : "secondary"} size="sm">
          <Link to={hasArrived ? `${logs}?${new URLSearchParams({ logsType: "traces", trace: trace.id }).toString()}` : logs}>
            {hasArrived ? "See it" : "Open the logs"} <ArrowRight />
          </Link>
        </Button>
      )}
    </div>
  );
}

function Pulse() {
  return (
    <span aria-hidden className="relative flex size-4.5 shrink-0 items-center justify-center">
      <span className="absolute size-4 animate-ping rounded-full bg-warn opacity-25" />
      <span className="size-2 rounded-full bg-warn" />
    </span>
  );
}
