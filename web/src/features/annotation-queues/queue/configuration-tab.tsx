import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useWorkspace } from "@/app/workspace";
import { SafeMarkdown } from "@/components/payload";
import { describeScale } from "@/components/score-input";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { ScoreDot } from "@/components/ui/score-dot";
import { formatDateTime, formatScore, plural } from "@/lib/format";
import { definitionsQuery } from "@/features/traces/annotate/api";
import type { AnnotationQueue } from "../api";
import { queueProgress } from "../logic/progress";
import { scoreFields } from "../logic/score-fields";
import { ProgressBar } from "../progress-bar";
import { Avatar } from "../reviewers";

/** What a queue asks for, and who has done how much. */
export function ConfigurationTab({ queue }: { queue: AnnotationQueue }) {
  return (
    <div className="mx-auto grid w-full max-w-6xl items-start gap-4 p-6 max-md:p-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="flex min-w-0 flex-col gap-4">
        <Card title="Instructions">
          {queue.instructions ? <SafeMarkdown text={queue.instructions} className="max-h-96 overflow-y-auto" /> : <p className="text-sm text-muted">None. Reviewers see the scores only.</p>}
        </Card>
        <ScoresCard queue={queue} />
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <ProgressCard queue={queue} />
        <RulesCard queue={queue} />
      </div>
    </div>
  );
}

function ScoresCard({ queue }: { queue: AnnotationQueue }) {
  const workspace = useWorkspace();
  const definitions = useQuery(definitionsQuery);
  const fields = scoreFields(queue.feedback_definition_names, definitions.data ?? []);
  const averages = new Map((queue.feedback_scores ?? []).map((score) => [score.name, score.value]));
  return (
    <Card title="Scores" bodyClassName="px-0 pb-1 pt-2">
      {fields.length === 0 ? (
        <p className="px-4 pb-3 text-sm text-muted">
          None. Choose what to ask for, or{" "}
          <Link to={`/${workspace}/configuration`} search={{ tab: "feedback-definitions" }} className="text-accent hover:underline">
            create a definition
          </Link>
          .
        </p>
      ) : (
        <table className="w-full text-sm">
          <thead>
            <tr className="border-b border-line text-xs text-muted [&>th]:px-4 [&>th]:py-1.5 [&>th]:font-medium">
              <th className="text-start">Name</th>
              <th className="text-start">Scale</th>
              <th className="text-end">Average</th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {fields.map((field) => (
              <tr key={field.name} className="[&>td]:px-4 [&>td]:py-2.5 [&>td]:align-baseline">
                <td>
                  <span className="flex items-center gap-2 font-medium break-words">
                    <ScoreDot name={field.name} />
                    {field.name}
                  </span>
                  {field.description && <span className="mt-0.5 line-clamp-2 block text-xs break-words text-muted">{field.description}</span>}
                </td>
                <td className="text-muted">{definitions.isPending ? "" : field.isUndefined ? <Badge tone="warn">No such definition any more</Badge> : describeScale(field.scale)}</td>
                <td className="tabular text-end">{formatScore(averages.get(field.name))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function ProgressCard({ queue }: { queue: AnnotationQueue }) {
  const progress = queueProgress(queue);
  const reviewers = (queue.reviewers ?? []).toSorted((a, b) => b.status - a.status);
  return (
    <Card title="Progress">
      <p className="mb-2 flex items-baseline justify-between gap-2 text-sm">
        <span className="text-muted">All reviews</span>
        <span className="tabular">
          {progress.done} of {progress.wanted}
        </span>
      </p>
      <ProgressBar share={progress.share} label="Progress of the queue" />
      {reviewers.length > 0 && (
        <ul className="mt-5 flex flex-col gap-4">
          {reviewers.map((reviewer) => (
            <li key={reviewer.username} className="flex items-center gap-2.5">
              <Avatar name={reviewer.username} />
              <div className="min-w-0 flex-1">
                <p className="mb-1 flex items-baseline justify-between gap-2 text-sm">
                  <span className="truncate">{reviewer.username}</span>
                  <span className="tabular text-xs text-muted">
                    {reviewer.status} of {queue.items_count}
                  </span>
                </p>
                <ProgressBar share={queue.items_count === 0 ? 0 : reviewer.status / queue.items_count} label={`Progress of ${reviewer.username}`} />
              </div>
            </li>
          ))}
        </ul>
      )}
      {reviewers.length === 0 && <p className="mt-3 text-sm text-muted">Nobody has reviewed an item yet.</p>}
    </Card>
  );
}

function RulesCard({ queue }: { queue: AnnotationQueue }) {
  const rules: readonly (readonly [string, string])[] = [
    ["Reviewers per item", String(queue.annotators_per_item)],
    ["Reserved for", queue.lock_timeout_seconds % 60 === 0 ? plural(queue.lock_timeout_seconds / 60, "minute") : plural(queue.lock_timeout_seconds, "second")],
    ["Comments", queue.comments_enabled ? "On" : "Off"],
    ["Created", `${formatDateTime(queue.created_at)} by ${queue.created_by}`],
    ["Updated", `${formatDateTime(queue.last_updated_at)} by ${queue.last_updated_by}`],
  ];
  return (
    <Card title="Rules">
      <dl className="flex flex-col gap-2 text-sm">
        {rules.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4">
            <dt className="shrink-0 text-muted">{name}</dt>
            <dd className="text-end">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
