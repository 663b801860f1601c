import { lazy, Suspense } from "react";
import { textCodec, useSetUrlQuery, useUrlState } from "@/lib/url-state";
import type { PanelNeighbours } from "./neighbours";

export type { PanelNeighbours } from "./neighbours";

// What a list does not need before a row is opened.
const TracePanel = lazy(() => import("./trace-panel").then((module) => ({ default: module.TracePanel })));
const ThreadPanel = lazy(() => import("../../threads/thread-panel").then((module) => ({ default: module.ThreadPanel })));

interface EntityPanelsProps {
  projectId: string;
  neighbours?: PanelNeighbours;
}

const NONE: PanelNeighbours = {};

/** Keys of the query that belong to an open trace. */
const TRACE_KEYS = { trace: undefined, span: undefined, traceTab: undefined, lastSection: undefined, trace_panel_search: undefined, trace_panel_filters: undefined };

/**
 * The panels over a page, as the URL says: a trace (`trace`, with `span` for one of its spans) or a thread (`thread`).
 * A trace opened out of a thread lies over it. Put it once on every page whose rows open traces or threads.
 */
export function EntityPanels({ projectId, neighbours = NONE }: EntityPanelsProps) {
  const [traceId] = useUrlState("trace", textCodec, "");
  const [threadId] = useUrlState("thread", textCodec, "");
  const setQuery = useSetUrlQuery();
  if (traceId === "" && threadId === "") return null;
  const closeTrace = () => setQuery({ ...TRACE_KEYS, ...(threadId === "" ? { panel: undefined } : {}) });
  return (
    <Suspense>
      {threadId === "" ? (
        <TracePanel projectId={projectId} traceId={traceId} neighbours={neighbours} noun="trace" onClose={closeTrace} />
      ) : (
        <ThreadPanel
          projectId={projectId}
          threadId={threadId}
          neighbours={neighbours}
          traceId={traceId}
          onClose={() => setQuery({ ...TRACE_KEYS, thread: undefined, threadTab: undefined, lastThreadSection: undefined, panel: undefined })}
        >
          {(turns) => <TracePanel projectId={projectId} traceId={traceId} neighbours={turns} noun="turn" onClose={closeTrace} />}
        </ThreadPanel>
      )}
    </Suspense>
  );
}
