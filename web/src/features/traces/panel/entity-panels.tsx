import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { textCodec, useSetUrlQuery, useUrlState } from "@/lib/url-state";
import { internalSpansQuery, traceQuery, traceSpansQuery } from "./api";
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
  const client = useQueryClient();
  // The data is on its way while the code of the panel is.
  useEffect(() => {
    if (traceId === "") return;
    for (const query of [client.query(traceQuery(traceId)), client.query(traceSpansQuery(projectId, traceId, false)), client.query(internalSpansQuery(projectId, traceId))]) query.catch(() => undefined);
  }, [client, projectId, traceId]);
  if (traceId === "" && threadId === "") return null;
  const closeTrace = () => setQuery({ ...TRACE_KEYS, ...(threadId === "" ? { panel: undefined } : {}) });
  return (
    <Suspense fallback={<div aria-hidden className="animate-slide fixed inset-y-0 right-0 z-20 w-[78vw] border-s border-line bg-ground shadow-lg max-md:w-full" />}>
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
