import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { MediaGallery, PayloadView } from "@/components/payload";
import { formatDuration, formatExactTime } from "@/lib/format";
import { findMedia, isEmpty, mergedMedia, type PayloadSection, plainMetadata, spanEvents, type SpanEvent } from "@/lib/payload";
import { filesQuery, type Span, type Trace, usageOf } from "./api";
import { ErrorBlock } from "./error-block";
import { microTime } from "./span-tree";
import { useQuickFilter } from "./use-quick-filter";

interface DetailsTabProps {
  entity: Trace | Span;
  kind: "trace" | "span";
  projectId: string;
  onOrigin?: (() => void) | undefined;
}

/** Everything that was logged on a trace or span: its error first, then files, payloads and events. */
export function DetailsTab({ entity, kind, projectId, onOrigin }: DetailsTabProps) {
  const files = useQuery(filesQuery(projectId, kind, entity.id));
  const media = useMemo(() => mergedMedia(findMedia(entity.input), findMedia(entity.output), findMedia(entity.metadata)), [entity]);
  const metadata = useMemo(() => plainMetadata(entity.metadata), [entity]);
  const events = useMemo(() => spanEvents(entity.metadata), [entity]);
  const usage = usageOf(entity);
  const quickFilter = useQuickFilter(kind);
  const filterBy = (section: PayloadSection) => (quickFilter ? { onFilter: quickFilter(section) } : {});
  const hasMedia = media.length > 0 || (files.data?.length ?? 0) > 0;
  return (
    <div className="flex flex-col gap-3">
      {entity.error_info && <ErrorBlock error={entity.error_info} onOrigin={onOrigin} />}
      {hasMedia && (
        <section aria-label="Attachments" className="rounded-lg border border-line bg-surface p-3">
          <h3 className="mb-2 text-sm font-semibold">Attachments</h3>
          <MediaGallery media={media} files={files.data ?? []} />
        </section>
      )}
      <PayloadView title="Input" side="input" value={entity.input} {...filterBy("input")} />
      <PayloadView title="Output" side="output" value={entity.output} {...filterBy("output")} />
      {events.length > 0 && <EventTable events={events} start={microTime(entity.start_time)} />}
      {!isEmpty(metadata) && <PayloadView title="Metadata" storageKey="metadata" value={metadata} {...filterBy("metadata")} />}
      {Object.keys(usage).length > 0 && <PayloadView title="Token usage" storageKey="usage" value={usage} />}
    </div>
  );
}

/** Events shown; more are in the metadata. */
const MAX_EVENT_ROWS = 200;

function EventTable({ events, start }: { events: readonly SpanEvent[]; start: number | undefined }) {
  return (
    <section aria-label="Events" className="overflow-x-auto rounded-lg border border-line bg-surface">
      <h3 className="px-3 pt-2.5 pb-1 text-sm font-semibold">Events</h3>
      <table className="w-full text-sm">
        <thead className="sr-only">
          <tr>
            <th>After</th>
            <th>Event</th>
            <th>Attributes</th>
          </tr>
        </thead>
        <tbody className="[&_td]:px-3 [&_td]:py-1.5 [&_td]:align-top [&_tr]:border-t [&_tr]:border-line">
          {events.slice(0, MAX_EVENT_ROWS).map((event, index) => (
            <tr key={index}>
              <td className="tabular whitespace-nowrap text-muted" title={formatExactTime(event.timeMs)}>
                {event.timeMs === null ? "" : start === undefined ? formatExactTime(event.timeMs) : `+${formatDuration(event.timeMs - start)}`}
              </td>
              <td className="font-medium whitespace-nowrap">{event.name}</td>
              <td className="w-full">
                <dl className="grid grid-cols-[auto_1fr] gap-x-3 font-mono text-xs">
                  {event.attributes.slice(0, 30).map(({ key, value }) => (
                    <div key={key} className="contents">
                      <dt className="text-muted">{key}</dt>
                      <dd className="max-h-32 overflow-y-auto [overflow-wrap:anywhere] whitespace-pre-wrap">{(typeof value === "string" ? value : (JSON.stringify(value) as string | undefined) ?? "").slice(0, 5_000)}</dd>
                    </div>
                  ))}
                </dl>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {events.length > MAX_EVENT_ROWS && <p className="border-t border-line px-3 py-1.5 text-xs text-muted">The first {MAX_EVENT_ROWS} of {events.length} events.</p>}
    </section>
  );
}
