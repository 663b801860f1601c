import { Link } from "@tanstack/react-router";
import { Activity, MessagesSquare } from "lucide-react";
import { useWorkspace } from "@/app/workspace";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";
import type { LogsType } from "./types";

/** What stands in the logs of a project that has none. */
export function FirstUse({ type }: { type: LogsType }) {
  const workspace = useWorkspace();
  if (type === "threads") {
    return (
      <EmptyState icon={<MessagesSquare />} title="No threads yet" action={<QuickStart workspace={workspace} />}>
        A thread is a conversation: traces that carry the same <code>thread_id</code>. This page fills by itself as soon as one arrives.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<Activity />} title={type === "traces" ? "No traces yet" : "No spans yet"} action={<QuickStart workspace={workspace} />}>
      Log from your application with an SDK or over OpenTelemetry. This page fills by itself as soon as the first trace arrives.
    </EmptyState>
  );
}

function QuickStart({ workspace }: { workspace: string }) {
  return (
    <Button variant="primary" asChild>
      <Link to="/$workspace/get-started" params={{ workspace }}>
        Log your first trace
      </Link>
    </Button>
  );
}
