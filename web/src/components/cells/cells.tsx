import { MessageSquare, Quote, TriangleAlert } from "lucide-react";
import { memo, type ReactNode } from "react";
import type { RowHeight } from "@/components/data-table";
import { CopyButton } from "@/components/ui/copy-button";
import { cn } from "@/lib/cn";
import { colorOf } from "@/lib/colors";
import { formatCost, formatCostExact, formatCount, formatDuration, formatExactTime, formatLogTime, formatScore, NONE } from "@/lib/format";
import { excerpt, Highlighted, useHighlight } from "./highlight";
import { previewText, rawText } from "./preview";

/** What stands in a cell without a value. */
export function NoValue() {
  return <span className="text-faint">{NONE}</span>;
}

/** Local date and time to the second; to the millisecond in the tooltip. */
export function TimeCell({ value }: { value: string | null | undefined }) {
  return value ? (
    <time dateTime={value} title={formatExactTime(value)} className="tabular truncate text-muted">
      {formatLogTime(value)}
    </time>
  ) : (
    <NoValue />
  );
}

/** A duration in milliseconds. */
export function DurationCell({ millis }: { millis: number | null | undefined }) {
  if (millis === null || millis === undefined) return <NoValue />;
  return (
    <span className="tabular truncate" title={`${formatCount(Math.round(millis * 1000) / 1000)} ms`}>
      {formatDuration(millis)}
    </span>
  );
}

/** A cost in US dollars; every digit is in the tooltip. */
export function CostCell({ dollars }: { dollars: number | null | undefined }) {
  if (!dollars) return <NoValue />;
  return (
    <span className="tabular truncate" title={formatCostExact(dollars)}>
      {formatCost(dollars)}
    </span>
  );
}

/** A whole number. */
export function CountCell({ value }: { value: number | null | undefined }) {
  return value === null || value === undefined ? <NoValue /> : <span className="tabular truncate">{formatCount(value)}</span>;
}

/** A short text, such as a name or a model. */
export function TextCell({ text }: { text: string | null | undefined }) {
  if (!text) return <NoValue />;
  return (
    <span className="truncate" title={text}>
      <Highlighted text={text} />
    </span>
  );
}

const CHARS: Record<RowHeight, number> = { small: 240, medium: 600, large: 2400 };
const LINES: Record<RowHeight, string> = { small: "truncate", medium: "line-clamp-3 leading-[1.0625rem]", large: "line-clamp-7 whitespace-pre-wrap" };

interface TextPreviewCellProps {
  value: unknown;
  /** Puts the colour of inputs or outputs before the text, and looks for the words of that side. */
  side?: "input" | "output";
  height: RowHeight;
}

/** The words in a payload, as many as fit. When a search matched elsewhere in the payload, that place is shown. */
export const TextPreviewCell = memo(function TextPreviewCell({ value, side, height }: TextPreviewCellProps) {
  const wanted = useHighlight();
  const words = previewText(value, side ?? "input");
  const raw = wanted !== "" && !words.toLowerCase().includes(wanted) ? rawText(value) : "";
  const source = raw.toLowerCase().includes(wanted) && raw !== "" ? raw : words;
  if (source === "") return <NoValue />;
  return (
    <span className="flex max-h-full min-w-0 items-stretch gap-2">
      {side && <span aria-hidden className={cn("w-0.5 shrink-0 rounded-full", side === "input" ? "bg-side-input" : "bg-side-output")} />}
      <span className={cn("min-w-0 break-words", LINES[height])}>
        <Highlighted text={excerpt(source, wanted, CHARS[height])} />
      </span>
    </span>
  );
});

interface TagsCellProps {
  tags: readonly string[] | null | undefined;
  height: RowHeight;
  /** A click on a tag, e.g. to filter by it. */
  onTag?: (tag: string) => void;
}

/** Tags of an entity; a click on one filters by it. */
export function TagsCell({ tags, height, onTag }: TagsCellProps) {
  if (!tags || tags.length === 0) return <NoValue />;
  const look = "inline-flex h-5 max-w-32 shrink-0 items-center rounded-full border border-line bg-surface px-2 text-xs text-muted";
  return (
    <span className={cn("flex max-h-full min-w-0 gap-1 overflow-hidden", height !== "small" && "flex-wrap")} title={tags.join(", ")}>
      {tags.map((tag) =>
        onTag ? (
          <button key={tag} type="button" tabIndex={-1} aria-label={`Filter by tag ${tag}`} className={cn(look, "hover:border-line-strong hover:text-ink")} onClick={() => onTag(tag)}>
            <span className="truncate">
              <Highlighted text={tag} />
            </span>
          </button>
        ) : (
          <span key={tag} className={look}>
            <span className="truncate">
              <Highlighted text={tag} />
            </span>
          </span>
        ),
      )}
    </span>
  );
}

interface ScoreCellProps {
  value: number | null | undefined;
  category?: string | null | undefined;
  reason?: string | null | undefined;
}

/** The value of one feedback score; a mark says that there is a reason, which is in the tooltip. */
export function ScoreCell({ value, category, reason }: ScoreCellProps) {
  if (value === null || value === undefined) return <NoValue />;
  return (
    <span className="flex min-w-0 items-center gap-1" title={reason ?? undefined}>
      {reason && <Quote aria-label="Has a reason" className="size-3 shrink-0 text-faint" />}
      <span className="tabular truncate">{category ? `${category} (${formatScore(value)})` : formatScore(value)}</span>
    </span>
  );
}

interface ErrorCellProps {
  error: { exception_type?: string | null; message?: string | null; traceback?: string | null } | null | undefined;
  height: RowHeight;
}

/** The type of an error and its message. */
export function ErrorCell({ error, height }: ErrorCellProps) {
  if (!error) return <NoValue />;
  const kind = error.exception_type ?? "Error";
  return (
    <span className={cn("flex max-h-full min-w-0 gap-1.5 text-bad", height === "small" && "items-center")} title={error.traceback?.slice(-2000) ?? error.message ?? kind}>
      <TriangleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      <span className={cn("min-w-0 break-words", LINES[height])}>
        <span className="font-medium">
          <Highlighted text={kind} />
        </span>
        {error.message && (
          <span className="ms-1.5 text-muted">
            <Highlighted text={error.message.slice(0, CHARS[height])} />
          </span>
        )}
      </span>
    </span>
  );
}

/** An id, with a button to copy it. `onOpen` makes it a link to what it names. */
export function IdCell({ id, onOpen, label = "id" }: { id: string | null | undefined; onOpen?: () => void; label?: string }) {
  if (!id) return <NoValue />;
  const text = <Highlighted text={id} />;
  return (
    <span className="group/id flex min-w-0 items-center gap-1">
      {onOpen ? (
        <button type="button" tabIndex={-1} className="truncate font-mono text-xs text-accent hover:underline" title={id} onClick={onOpen}>
          {text}
        </button>
      ) : (
        <span className="truncate font-mono text-xs text-muted" title={id}>
          {text}
        </span>
      )}
      <span className="opacity-0 group-focus-within/id:opacity-100 group-hover/row:opacity-100">
        <CopyButton text={id} label={`Copy ${label}`} size="xs" tabIndex={-1} />
      </span>
    </span>
  );
}

interface CommentsCellProps {
  comments: readonly { id: string; text: string; created_by: string }[] | null | undefined;
  height: RowHeight;
}

/** The last comment and how many there are. */
export function CommentsCell({ comments, height }: CommentsCellProps) {
  const last = comments?.at(-1);
  if (!comments || !last) return <NoValue />;
  return (
    <span className={cn("flex max-h-full min-w-0 gap-1.5", height === "small" && "items-center")} title={`${last.created_by}: ${last.text}`}>
      <span className="mt-0.5 flex shrink-0 items-center gap-0.5 text-xs text-faint">
        <MessageSquare aria-hidden className="size-3" />
        {comments.length}
      </span>
      <span className={cn("min-w-0 break-words", LINES[height])}>{last.text.slice(0, CHARS[height])}</span>
    </span>
  );
}

/** A word with a dot in its colour, such as an environment. */
export function DotCell({ name, color, children }: { name: string | null | undefined; color?: string | undefined; children?: ReactNode }) {
  if (!name) return <NoValue />;
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: color ?? colorOf(name) }} />
      <span className="truncate">{children ?? name}</span>
    </span>
  );
}
