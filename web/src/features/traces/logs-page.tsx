import { useQuery } from "@tanstack/react-query";
import { Page } from "@/app/page";
import { Segmented } from "@/components/ui/choice";
import { useProject } from "@/features/projects/project-context";
import { useStoredState } from "@/lib/stored-state";
import { useSetUrlQuery, useUrlQuery } from "@/lib/url-state";
import { existsQuery } from "./logs/api";
import { SPANS, THREADS, TRACES } from "./logs/kinds";
import { LogsView } from "./logs/logs-view";
import { LOGS_LABELS, LOGS_TYPES, type LogsType } from "./logs/types";

/**
 * The kind of logs to show: as the URL says, else what was looked at last in this project, else threads when there are
 * any. `undefined` until that is known.
 */
function useLogsType(projectId: string): [LogsType | undefined, (type: LogsType) => void] {
  const query = useUrlQuery();
  const setQuery = useSetUrlQuery();
  const [last, setLast] = useStoredState<LogsType | undefined>(`logs-type:${projectId}`, undefined);
  const named = LOGS_TYPES.find((type) => type === (query.logsType ?? query.type));
  const remembered = LOGS_TYPES.find((type) => type === last);
  const isOpen = named ?? remembered ?? (query.span ? "spans" : query.trace ? "traces" : query.thread ? "threads" : undefined);
  const threads = useQuery({ ...existsQuery("threads", projectId), enabled: isOpen === undefined });
  const type = isOpen ?? (threads.isPending ? undefined : threads.data ? "threads" : "traces");
  const setType = (next: LogsType) => {
    setLast(next);
    setQuery({ logsType: next, type: undefined, trace: undefined, span: undefined, thread: undefined });
  };
  return [type, setType];
}

/** The threads, traces and spans of a project. */
export function LogsPage() {
  const project = useProject();
  const [type, setType] = useLogsType(project.id);
  if (type === undefined) return <Page title="Logs">{null}</Page>;
  const switcher = (
    <Segmented label="Kind of logs" value={type} onValueChange={setType} options={LOGS_TYPES.map((value) => ({ value, label: LOGS_LABELS[value].title }))} />
  );
  switch (type) {
    case "threads":
      return <LogsView key={type} kind={THREADS} switcher={switcher} />;
    case "traces":
      return <LogsView key={type} kind={TRACES} switcher={switcher} />;
    case "spans":
      return <LogsView key={type} kind={SPANS} switcher={switcher} />;
  }
}
