import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ExternalLink, Plus, X } from "lucide-react";
import { useMemo, useState } from "react";
import { api, dataOf } from "@/api/client";
import { Badge } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { Segmented } from "@/components/ui/choice";
import { Combobox } from "@/components/ui/combobox";
import { Input, Textarea } from "@/components/ui/field";
import { ScoreDot } from "@/components/ui/score-dot";
import { toast } from "@/components/ui/toast";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { formatDateTime, formatRelative, NONE } from "@/lib/format";
import { useSetUrlQuery } from "@/lib/url-state";
import { addComment, type ComparedItem, comparedItemQuery, comparedKey, deleteScore, EXPERIMENTS_KEY, type ExperimentRun, type FeedbackScore, putScore } from "../api";
import { deltaOf, type Direction, formatMeasure, usageDelta } from "../model/changes";
import { meanOf, scoreOf, textOf, tokensOf } from "../model/outputs";
import { DeltaTag } from "./change-marks";
import type { Contender } from "./comparison";
import { PassBadge, WordDiff } from "./item-cells";
import { OutputView } from "./output-view";

interface RunColumnProps {
  projectId: string;
  datasetId: string;
  experimentIds: readonly string[];
  item: ComparedItem;
  contender: Contender;
  runs: readonly ExperimentRun[];
  /** Runs of the baseline, when this is a candidate. */
  baselineRuns: readonly ExperimentRun[] | undefined;
  isDiff: boolean;
  directionOf: (name: string) => Direction;
}

/** What one experiment made of an item. */
export function RunColumn({ datasetId, experimentIds, item, contender, runs, baselineRuns, isDiff, directionOf }: RunColumnProps) {
  const setQuery = useSetUrlQuery();
  const [chosen, setChosen] = useState(0);
  const place = Math.min(chosen, Math.max(0, runs.length - 1));
  const run = runs[place];
  const text = useMemo(() => textOf(run?.output, "output"), [run]);
  const baseRun = baselineRuns?.[Math.min(place, baselineRuns.length - 1)];
  const before = useMemo(() => textOf(baseRun?.output, "output"), [baseRun]);
  const duration = usageDelta(baseRun?.duration, run?.duration);
  const cost = usageDelta(baseRun?.total_estimated_cost, run?.total_estimated_cost);
  return (
    <section aria-label={contender.name} className="flex min-w-0 flex-col rounded-lg border border-line bg-surface">
      <header className="flex min-h-11 flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
        <span aria-hidden className="size-2.5 shrink-0 rounded-full" style={{ background: contender.color }} />
        <h3 className="min-w-0 truncate text-sm font-semibold" title={contender.name}>
          {contender.name}
        </h3>
        {contender.isBaseline && <Badge tone="accent">Baseline</Badge>}
        <span className="ms-auto flex items-center gap-2">
          {run?.status && <PassBadge item={item} experimentId={contender.id} />}
          {run?.trace_id && (
            <Button size="xs" variant="ghost" onClick={() => setQuery({ trace: run.trace_id }, { push: true })}>
              <ExternalLink /> Trace
            </Button>
          )}
        </span>
      </header>
      {!run ? (
        <p className="px-3 py-8 text-center text-sm text-muted">This experiment has not run the item.</p>
      ) : (
        <div className="flex min-w-0 flex-col">
          {runs.length > 1 && (
            <div className="px-3 pt-2">
              <Segmented
                size="sm"
                label={`Runs of ${contender.name}`}
                value={String(place)}
                onValueChange={(value) => setChosen(Number(value))}
                options={runs.map((each, index) => ({ value: String(index), label: <>Run {index + 1}{each.status && <span aria-hidden>{each.status === "passed" ? "✓" : "✗"}</span>}</> }))}
              />
            </div>
          )}
          <dl className="flex flex-wrap gap-x-5 gap-y-1 px-3 pt-2 text-xs text-muted [&_dd]:inline-flex [&_dd]:items-center [&_dd]:gap-1 [&_dd]:text-ink [&>div]:flex [&>div]:items-center [&>div]:gap-1.5">
            <div>
              <dt>Duration</dt>
              <dd className="tabular">
                {formatMeasure(run.duration, "duration")} <DeltaTag delta={duration} kind="duration" />
              </dd>
            </div>
            <div>
              <dt>Cost</dt>
              <dd className="tabular">
                {formatMeasure(run.total_estimated_cost, "cost")} <DeltaTag delta={cost} kind="cost" />
              </dd>
            </div>
            <div>
              <dt>Tokens</dt>
              <dd className="tabular">{formatMeasure(tokensOf(run), "count")}</dd>
            </div>
          </dl>
          <div className="px-3 py-2.5">
            {text === "" ? (
              <p className="rounded-md bg-warn-soft px-2.5 py-2 text-sm text-warn">The run has no output.</p>
            ) : isDiff && baselineRuns && before !== "" ? (
              before === text ? (
                <>
                  <p className="mb-1.5 text-xs text-muted">= Same output as the baseline</p>
                  <OutputView run={run} />
                </>
              ) : (
                <div className="max-h-96 overflow-y-auto text-sm break-words whitespace-pre-wrap" tabIndex={0} role="group" aria-label="Output with differences">
                  <WordDiff before={before} after={text} />
                </div>
              )
            ) : (
              <OutputView run={run} />
            )}
          </div>
          <Assertions run={run} />
          <Scores datasetId={datasetId} experimentIds={experimentIds} item={item} run={run} baselineRuns={baselineRuns} directionOf={directionOf} />
          <Comments run={run} datasetId={datasetId} />
        </div>
      )}
    </section>
  );
}

function Assertions({ run }: { run: ExperimentRun }) {
  const results = run.assertion_results ?? [];
  if (results.length === 0) return null;
  return (
    <section aria-label="Assertions" className="border-t border-line px-3 py-2.5">
      <h4 className="mb-1.5 text-xs font-medium text-muted">
        Assertions, {results.filter((result) => result.passed).length} of {results.length} passed
      </h4>
      <ul className="flex flex-col gap-1.5">
        {results.map((result) => (
          <li key={result.value} className="flex gap-2 text-sm">
            <span aria-hidden className={cn("mt-px font-semibold", result.passed ? "text-good" : "text-bad")}>
              {result.passed ? "✓" : "✗"}
            </span>
            <div className="min-w-0">
              <p className="break-words">
                <span className="sr-only">{result.passed ? "Passed: " : "Failed: "}</span>
                {result.value}
              </p>
              {result.reason && <p className="text-xs break-words text-muted">{result.reason}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ScoresProps {
  datasetId: string;
  experimentIds: readonly string[];
  item: ComparedItem;
  run: ExperimentRun;
  baselineRuns: readonly ExperimentRun[] | undefined;
  directionOf: (name: string) => Direction;
}

interface ScoreChange {
  name: string;
  /** Takes the score away when missing. */
  value?: number;
  category?: string;
  reason?: string;
}

function changedScores(scores: readonly FeedbackScore[], { name, value, category, reason }: ScoreChange): FeedbackScore[] {
  const others = scores.filter((score) => score.name !== name);
  if (value === undefined) return others;
  const before = scores.find((score) => score.name === name);
  const now = new Date().toISOString();
  const fresh: FeedbackScore = {
    ...(before ?? { created_at: now, created_by: "", source: "ui", value_by_author: {} }),
    name,
    value,
    category_name: category ?? null,
    reason: reason ?? before?.reason ?? null,
    last_updated_at: now,
    last_updated_by: "",
  };
  return before ? scores.map((score) => (score.name === name ? fresh : score)) : [...others, fresh];
}

/** The scores of a run; values can be typed over. */
function Scores({ datasetId, experimentIds, item, run, baselineRuns, directionOf }: ScoresProps) {
  const client = useQueryClient();
  const key = comparedItemQuery(datasetId, experimentIds, item.id, false).queryKey;
  const { mutate } = useMutation({
    mutationFn: ({ name, value, category, reason }: ScoreChange) =>
      value === undefined ? deleteScore(run.trace_id, name) : putScore(run.trace_id, { name, value, ...(category ? { category_name: category } : {}), ...(reason ? { reason } : {}) }),
    onMutate: async (change) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData(key);
      client.setQueryData(key, (old) =>
        old ? { ...old, experiment_items: old.experiment_items.map((each) => (each.id === run.id ? { ...each, feedback_scores: changedScores(each.feedback_scores ?? [], change) } : each)) } : old,
      );
      return { before };
    },
    onError: (error, _, context) => {
      client.setQueryData(key, context?.before);
      toast.bad("Could not save the score", error);
    },
    onSettled: () => client.invalidateQueries({ queryKey: EXPERIMENTS_KEY }),
  });
  const scores = run.feedback_scores ?? [];
  return (
    <section aria-label="Scores" className="border-t border-line px-3 py-2.5">
      <div className="mb-1 flex items-center justify-between">
        <h4 className="text-xs font-medium text-muted">Scores</h4>
        <AddScore names={scores.map(({ name }) => name)} onAdd={(change) => mutate(change)} />
      </div>
      {scores.length === 0 && <p className="text-xs text-faint">No scores yet</p>}
      <ul className="flex flex-col gap-1.5">
        {scores.map((score) => (
          <ScoreRow
            key={score.name}
            score={score}
            delta={baselineRuns ? deltaOf(meanOf(baselineRuns, (each) => scoreOf(each, score.name)?.value), score.value, directionOf(score.name)) : undefined}
            onChange={(value) => mutate({ name: score.name, ...(value === undefined ? {} : { value }), ...(score.reason ? { reason: score.reason } : {}) })}
          />
        ))}
      </ul>
    </section>
  );
}

interface ScoreRowProps {
  score: FeedbackScore;
  delta: ReturnType<typeof deltaOf>;
  onChange: (value: number | undefined) => void;
}

function ScoreRow({ score, delta, onChange }: ScoreRowProps) {
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const shown = draft ?? String(Math.round(score.value * 10_000) / 10_000);
  const save = () => {
    if (draft === undefined) return;
    const value = draft.trim() === "" ? undefined : Number(draft.replace(",", "."));
    if (value === undefined) onChange(undefined);
    else if (Number.isFinite(value) && value !== score.value) onChange(value);
    setDraft(undefined);
  };
  return (
    <li data-testid="feedback-score-tag" className="group grid grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-2">
      <span className="flex min-w-0 items-center gap-1.5 text-sm">
        <ScoreDot name={score.name} className="size-1.5" />
        <span data-testid="feedback-score-tag-label" className="min-w-0 truncate" title={score.name}>
          {score.name}
        </span>
        {score.category_name && <Badge>{score.category_name}</Badge>}
        <DeltaTag delta={delta} kind="score" />
      </span>
      <Tooltip content={`${score.source === "ui" ? "Set by a person" : score.source === "online_scoring" ? "Set by a rule" : "Set by code"}, ${formatDateTime(score.last_updated_at)}`}>
        <Input
          aria-label={`Value of ${score.name}`}
          data-testid="feedback-score-tag-value"
          inputMode="decimal"
          className="tabular h-6.5 w-18 px-1.5 text-end shadow-none not-hover:not-focus:border-transparent"
          value={shown}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={save}
          onKeyDown={(event) => {
            if (event.key === "Enter") event.currentTarget.blur();
            if (event.key === "Escape") {
              event.stopPropagation();
              setDraft(undefined);
            }
          }}
        />
      </Tooltip>
      <IconButton size="xs" label={`Remove ${score.name}`} className="opacity-0 group-focus-within:opacity-100 group-hover:opacity-100" onClick={() => onChange(undefined)}>
        <X />
      </IconButton>
      {score.reason && <p className="col-span-3 ps-3 text-xs break-words whitespace-pre-line text-muted">{score.reason}</p>}
    </li>
  );
}

/** Adds a score that the workspace has defined, or any other by its name. */
function AddScore({ names, onAdd }: { names: readonly string[]; onAdd: (change: ScoreChange) => void }) {
  const { data } = useQuery({
    queryKey: ["feedback-definitions", "all"],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/feedback-definitions", { params: { query: { page: 1, size: 1000 } }, signal })),
    staleTime: 60_000,
  });
  const [name, setName] = useState<string | undefined>(undefined);
  const [value, setValue] = useState("");
  const definitions = (data?.content ?? []).flatMap((definition) => (typeof definition.name === "string" && !names.includes(definition.name) ? [definition.name] : []));
  const number = Number(value.replace(",", "."));
  if (name === undefined) {
    return (
      <Combobox
        value={undefined}
        onValueChange={setName}
        options={definitions.map((each) => ({ value: each, label: each }))}
        label="Score"
        allowCustom
        align="end"
        trigger={
          <Button size="xs" variant="ghost">
            <Plus /> Add score
          </Button>
        }
      />
    );
  }
  return (
    <form
      className="flex items-center gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (value.trim() === "" || !Number.isFinite(number)) return;
        onAdd({ name, value: number });
        setName(undefined);
        setValue("");
      }}
    >
      <span className="max-w-32 truncate text-xs">{name}</span>
      <Input aria-label={`Value of ${name}`} autoFocus inputMode="decimal" className="h-6.5 w-18" value={value} onChange={(event) => setValue(event.target.value)} />
      <Button size="xs" type="submit" disabled={value.trim() === "" || !Number.isFinite(number)}>
        Save
      </Button>
      <IconButton size="xs" label="Cancel" onClick={() => setName(undefined)}>
        <X />
      </IconButton>
    </form>
  );
}

/** Longest comment that the server takes, in characters. */
const MAX_COMMENT_CHARS = 5000;

function Comments({ run, datasetId }: { run: ExperimentRun; datasetId: string }) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [isWriting, setIsWriting] = useState(false);
  const { mutate, isPending } = useMutation({
    mutationFn: (comment: string) => addComment(run.trace_id, comment),
    onSuccess: () => {
      setText("");
      setIsWriting(false);
      return client.invalidateQueries({ queryKey: comparedKey(datasetId) });
    },
    onError: (error) => toast.bad("Could not save the comment", error),
  });
  const comments = run.comments ?? [];
  const submit = () => text.trim() && mutate(text.trim());
  return (
    <section aria-label="Comments" className="border-t border-line px-3 py-2.5">
      <div className="flex items-center justify-between">
        <h4 className="text-xs font-medium text-muted">Comments</h4>
        {!isWriting && (
          <Button size="xs" variant="ghost" onClick={() => setIsWriting(true)}>
            <Plus /> Comment
          </Button>
        )}
      </div>
      {comments.map((comment) => (
        <div key={comment.id} className="mt-1.5 text-sm">
          <p className="text-xs text-faint">
            {comment.created_by || NONE}, {formatRelative(comment.created_at)}
          </p>
          <p className="break-words whitespace-pre-wrap">{comment.text}</p>
        </div>
      ))}
      {isWriting && (
        <form
          className="mt-2 flex flex-col gap-1.5"
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Textarea
            aria-label="Comment"
            autoFocus
            maxLength={MAX_COMMENT_CHARS}
            className="min-h-16"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) submit();
              if (event.key === "Escape") {
                event.stopPropagation();
                setIsWriting(false);
              }
            }}
          />
          <div className="flex justify-end gap-1.5">
            <Button size="sm" variant="ghost" onClick={() => setIsWriting(false)}>
              Cancel
            </Button>
            <Button size="sm" type="submit" busy={isPending} disabled={!text.trim()}>
              Comment
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}
