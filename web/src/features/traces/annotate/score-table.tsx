import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { ScoreDot } from "@/components/ui/score-dot";
import { EmptyState } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { formatExactTime, formatRelative, formatScore } from "@/lib/format";
import { type AnnotationTarget, deleteScore, type FeedbackScore, patchAnnotated, refreshAnnotated } from "./api";

const SOURCES: Record<FeedbackScore["source"], string> = { ui: "Person", sdk: "SDK", online_scoring: "Rule" };

interface ScoreTableProps {
  /** Entity whose scores can be deleted. */
  target: AnnotationTarget;
  scores: readonly FeedbackScore[];
  /** Scores of the spans of a trace together; only shown. */
  spanScores?: readonly FeedbackScore[];
  /** Goes to the span that a score was given to. */
  onSpan?: (id: string) => void;
}

/** All scores of an entity: who gave them, why, and a way to take them back. */
export function ScoreTable({ target, scores, spanScores = [], onSpan }: ScoreTableProps) {
  const client = useQueryClient();
  const [deleting, setDeleting] = useState<{ name: string; author: string; queueId: string | undefined } | undefined>();
  if (scores.length === 0 && spanScores.length === 0) {
    return (
      <EmptyState title="No scores yet" className="py-10">
        Press A to score this, or let SDKs and online evaluation do it.
      </EmptyState>
    );
  }
  const remove = async (name: string, author: string, queueId: string | undefined) => {
    setDeleting(undefined);
    const undo = patchAnnotated(client, target, ({ feedback_scores: list = [] }) => ({
      feedback_scores: list.filter((score) => score.name !== name || Object.values(score.value_by_author).some((entry) => entry.author !== author)),
    }));
    try {
      await deleteScore(target, name, author, queueId);
    } catch (error) {
      undo();
      toast.bad("Could not delete the score", error);
    } finally {
      refreshAnnotated(client, target);
    }
  };
  return (
    <div className="overflow-x-auto rounded-lg border border-line bg-surface">
      <table className="w-full text-start text-sm">
        <thead>
          <tr className="border-b border-line text-xs text-faint [&_th]:px-3 [&_th]:py-2 [&_th]:text-start [&_th]:font-medium">
            <th>Score</th>
            <th>Value</th>
            <th>Reason</th>
            <th>By</th>
            <th>When</th>
            <th>
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody className="[&_td]:px-3 [&_td]:py-1.5 [&_td]:align-top [&_tr+tr]:border-t [&_tr+tr]:border-line">
          {scores.flatMap((score) =>
            Object.entries(score.value_by_author).map(([key, entry]) => (
              <tr key={`${score.name}:${key}`}>
                <ScoreName name={score.name} />
                <td className="tabular font-medium whitespace-nowrap">
                  {entry.category_name ? `${entry.category_name} (${formatScore(entry.value)})` : formatScore(entry.value)}
                </td>
                <td className="max-w-96 break-words whitespace-pre-line text-muted">{entry.reason}</td>
                <td className="whitespace-nowrap">
                  {entry.author} <span className="text-faint">{SOURCES[entry.source]}</span>
                </td>
                <td className="whitespace-nowrap text-muted" title={formatExactTime(entry.last_updated_at)}>
                  {formatRelative(entry.last_updated_at)}
                </td>
                <td className="text-end">
                  <IconButton label={`Delete ${score.name} by ${entry.author}`} size="xs" onClick={() => setDeleting({ name: score.name, author: entry.author, queueId: entry.source_queue_id ?? undefined })}>
                    <Trash2 />
                  </IconButton>
                </td>
              </tr>
            )),
          )}
          {spanScores.flatMap((score) =>
            Object.entries(score.value_by_author).map(([key, entry]) => (
              <tr key={`span:${score.name}:${key}`}>
                <ScoreName name={score.name} />
                <td className="tabular font-medium whitespace-nowrap">{entry.category_name ? `${entry.category_name} (${formatScore(entry.value)})` : formatScore(entry.value)}</td>
                <td className="max-w-96 break-words whitespace-pre-line text-muted">{entry.reason}</td>
                <td className="whitespace-nowrap">
                  {entry.author} <span className="text-faint">{SOURCES[entry.source]}</span>
                </td>
                <td className="whitespace-nowrap text-muted" title={formatExactTime(entry.last_updated_at)}>
                  {formatRelative(entry.last_updated_at)}
                </td>
                <td className="text-end whitespace-nowrap">
                  {entry.span_id && onSpan ? (
                    <button type="button" className="text-accent hover:underline" onClick={() => onSpan(entry.span_id)}>
                      Span
                    </button>
                  ) : (
                    <span className="text-faint">of spans</span>
                  )}
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
      <ConfirmDialog
        open={deleting !== undefined}
        onOpenChange={() => setDeleting(undefined)}
        title={`Delete the score ${deleting?.name ?? ""}?`}
        description={`The value that ${deleting?.author ?? ""} gave cannot be brought back.`}
        action="Delete score"
        onConfirm={() => deleting && void remove(deleting.name, deleting.author, deleting.queueId)}
      />
    </div>
  );
}

function ScoreName({ name }: { name: string }) {
  return (
    <td>
      <span className="flex items-center gap-2 font-medium">
        <ScoreDot name={name} />
        <span className="break-words">{name}</span>
      </span>
    </td>
  );
}
