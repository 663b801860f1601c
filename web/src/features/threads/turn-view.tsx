import { useQuery } from "@tanstack/react-query";
import { ArrowUpRight, CircleAlert, ThumbsDown, ThumbsUp, Wrench } from "lucide-react";
import { memo, useMemo } from "react";
import { MediaGallery, PayloadView, SafeMarkdown } from "@/components/payload";
import { ScoreTag } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatCompact, formatDuration, formatExactTime, formatLogTime } from "@/lib/format";
import { findMedia, isEmpty, type MediaItem, mergedMedia, prettyText, type Side, withoutMedia } from "@/lib/payload";
import { filesQuery, usageOf } from "../traces/panel/api";
import { formatSmallCost } from "../traces/panel/numbers";
import type { Turn } from "./thread-api";

/** Name of the score that thumbs write. The same on every server, in every language. */
export const USER_FEEDBACK = "User feedback";

/** UTF-16 units from which the server cuts payloads of lists. */
const CUT_CHARS = 9_900;

interface TurnViewProps {
  turn: Turn;
  /** Its trace is open over the thread. */
  isActive: boolean;
  onOpen: (turn: Turn, onlyTools: boolean) => void;
  /** Thumbs: 1 up, 0 down, undefined takes the score away. */
  onFeedback: (turn: Turn, value: 0 | 1 | undefined) => void;
}

/** What the user said in one turn, what was answered, and how that went. */
export const TurnView = memo(function TurnView({ turn, isActive, onOpen, onFeedback }: TurnViewProps) {
  const media = useMemo(() => mergedMedia(findMedia(turn.input), findMedia(turn.output)), [turn]);
  const files = useQuery(filesQuery(turn.project_id, "trace", turn.id));
  const feedback = turn.feedback_scores?.find((score) => score.name === USER_FEEDBACK)?.value;
  const otherScores = turn.feedback_scores?.filter((score) => score.name !== USER_FEEDBACK) ?? [];
  const error = turn.error_info;
  return (
    <article data-trace-message-id={turn.id} aria-label={`Turn of ${formatLogTime(turn.start_time)}`} className={cn("flex flex-col gap-2 rounded-xl p-2 [contain-intrinsic-size:auto_180px] [content-visibility:auto]", isActive && "bg-selected", error && "bg-bad-soft/60")}>
      <Bubble value={turn.input} side="input" />
      <Attachments media={media} files={files.data ?? []} />
      {error ? (
        <div className="flex max-w-[85%] items-start gap-2 self-start rounded-xl rounded-es-sm border border-bad/40 bg-bad-soft px-3.5 py-2.5 text-sm">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
          <div className="min-w-0">
            <p className="font-semibold break-words text-bad">{error.exception_type ?? "Failed"}</p>
            {error.message && <p className="line-clamp-6 break-words whitespace-pre-wrap">{error.message.slice(0, 2_000)}</p>}
          </div>
        </div>
      ) : null}
      {(!error || !isEmpty(turn.output)) && <Bubble value={turn.output} side="output" />}
      <footer className="flex flex-wrap items-center gap-x-2 gap-y-1 px-1">
        <IconButton label="Good answer" size="xs" aria-pressed={feedback === 1} onClick={() => onFeedback(turn, feedback === 1 ? undefined : 1)}>
          <ThumbsUp className={cn(feedback === 1 && "fill-good-soft text-good")} />
        </IconButton>
        <IconButton label="Bad answer" size="xs" aria-pressed={feedback === 0} onClick={() => onFeedback(turn, feedback === 0 ? undefined : 0)}>
          <ThumbsDown className={cn(feedback === 0 && "fill-bad-soft text-bad")} />
        </IconButton>
        <span className="tabular flex flex-wrap items-center gap-x-2.5 text-xs text-muted">
          <span title={formatExactTime(turn.start_time)}>{formatLogTime(turn.start_time)}</span>
          <span>{formatDuration(turn.duration)}</span>
          {usageOf(turn).total_tokens !== undefined && <span>{formatCompact(usageOf(turn).total_tokens)} tokens</span>}
          {(turn.total_estimated_cost ?? 0) > 0 && <span>{formatSmallCost(turn.total_estimated_cost ?? 0)}</span>}
        </span>
        {otherScores.map((score) => (
          <ScoreTag key={score.name} name={score.name} value={score.value} category={score.category_name} reason={score.reason} />
        ))}
        <span className="flex-1" />
        {turn.has_tool_spans && (
          <Button size="xs" variant="ghost" onClick={() => onOpen(turn, true)}>
            <Wrench /> Tool calls
          </Button>
        )}
        <Button size="xs" variant="ghost" onClick={() => onOpen(turn, false)}>
          Trace <ArrowUpRight />
        </Button>
      </footer>
    </article>
  );
});

function Bubble({ value, side }: { value: unknown; side: Side }) {
  const light = useMemo(() => withoutMedia(value).value, [value]);
  const pretty = useMemo(() => prettyText(light, side), [light, side]);
  const isCut = typeof value === "string" && value.length >= CUT_CHARS;
  const isUser = side === "input";
  const box = cn("max-w-[85%] min-w-0 rounded-xl px-3.5 py-2.5 text-sm", isUser ? "self-end rounded-ee-sm bg-accent-soft" : "self-start rounded-es-sm border border-line bg-surface");
  if (isEmpty(value)) return <p className={cn(box, "text-faint")}>{isUser ? "No input" : "No answer"}</p>;
  if (!pretty) return <PayloadView title={isUser ? "Input" : "Output"} side={side} value={value} className={cn("w-[85%]", isUser ? "self-end" : "self-start")} />;
  return (
    <div className={box}>
      {pretty.markdown ? <SafeMarkdown text={pretty.text} /> : <p className="break-words whitespace-pre-wrap">{pretty.text.slice(0, 20_000)}</p>}
      {isCut && <p className="mt-1 text-xs text-muted">Cut. The trace has all of it.</p>}
    </div>
  );
}

function Attachments({ media, files }: { media: readonly MediaItem[]; files: Parameters<typeof MediaGallery>[0]["files"] }) {
  if (media.length === 0 && !files?.length) return null;
  return <MediaGallery media={media} files={files ?? []} className="justify-end" />;
}
