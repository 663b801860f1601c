import { useInfiniteQuery, useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import { CalendarClock, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { Badge, Button, ConfirmDialog, EmptyState, ErrorState, Skeleton, Switch, toast } from "@/components/ui";
import { projectQuery } from "@/features/projects/api";
import { formatDateTime, formatDay } from "@/lib/format";
import { flagCodec, useUrlState } from "@/lib/url-state";
import { endRule, rulesQuery } from "./api";
import { RuleDialog } from "./rule-dialog";
import { cutoffOf, inOrder, periodLabel, type RetentionRule } from "./rules";

/** Which traces are deleted when they get old. */
export function RetentionTab() {
  const client = useQueryClient();
  const [withEnded, setWithEnded] = useUrlState("inactive", flagCodec, false);
  const query = useInfiniteQuery(rulesQuery(withEnded));
  const rules = useMemo(() => inOrder(query.data?.pages.flatMap((page) => page.content) ?? []), [query.data]);
  const names = useProjectNames(rules);
  const [isCreating, setIsCreating] = useState(false);
  const [ending, setEnding] = useState<RetentionRule>();
  const end = useMutation({
    mutationFn: (rule: RetentionRule) => endRule(rule.id),
    onSuccess: () => {
      setEnding(undefined);
      toast.good("The rule has ended");
    },
    onError: (error) => toast.bad("Could not end the rule", error),
    onSettled: () => client.invalidateQueries({ queryKey: ["retention"] }),
  });
  if (query.isPending) return <Skeleton className="h-60 max-w-4xl" />;
  if (query.isError && !query.data) return <ErrorState title="The retention rules could not be loaded" error={query.error} onRetry={() => void query.refetch()} />;
  const subjectOf = (rule: RetentionRule) =>
    rule.level === "organization" ? "All workspaces" : rule.project_id ? (names.get(rule.project_id) ?? "A deleted project") : "This workspace";
  return (
    <div className="flex max-w-4xl flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-60 flex-1 text-muted">Without a rule everything is kept. For each project the most special rule counts: its own before that of the workspace.</p>
        <label className="flex items-center gap-2 text-muted">
          <Switch checked={withEnded} onCheckedChange={setWithEnded} label="Show ended rules" /> Show ended rules
        </label>
        <Button variant="primary" onClick={() => setIsCreating(true)}>
          <Plus /> New rule
        </Button>
      </div>
      {rules.length === 0 ? (
        <EmptyState icon={<CalendarClock />} title="Everything is kept" className="rounded-lg border border-line bg-surface">
          Make a rule to delete traces by themselves when they get old, for the workspace or for one project.
        </EmptyState>
      ) : (
        <ul aria-label="Retention rules" className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
          {rules.map((rule) => (
            <li key={rule.id} className="flex flex-wrap items-center gap-x-4 gap-y-1.5 px-4 py-3">
              <div className="min-w-0 flex-1 basis-56">
                <p className="flex items-center gap-2">
                  <span className="truncate font-medium">{subjectOf(rule)}</span>
                  {rule.level === "project" && <Badge>Project</Badge>}
                  {!rule.enabled && <Badge>Ended</Badge>}
                </p>
                <p className="text-muted">{consequenceOf(rule)}</p>
              </div>
              <div className="text-end max-md:text-start">
                <p className="font-semibold">{periodLabel(rule.retention)}</p>
                <p className="text-xs text-faint">
                  {rule.created_by} · {formatDateTime(rule.created_at)}
                </p>
              </div>
              {rule.enabled && (
                <Button size="sm" aria-label={`End the rule about ${subjectOf(rule)}`} onClick={() => setEnding(rule)}>
                  End rule
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <Button className="self-start" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Older rules
        </Button>
      )}
      {isCreating && <RuleDialog rules={rules} onClose={() => setIsCreating(false)} />}
      <ConfirmDialog
        open={ending !== undefined}
        onOpenChange={(open) => !open && setEnding(undefined)}
        title="End this rule?"
        description="Nothing more is deleted by it; what it has deleted is gone. A rule that is less special may take its place."
        action="End rule"
        busy={end.isPending}
        onConfirm={() => ending && end.mutate(ending)}
      />
    </div>
  );
}

/** What a rule does, in words. */
function consequenceOf(rule: RetentionRule): string {
  if (!rule.enabled) return "Deletes nothing any more";
  const cutoff = cutoffOf(rule.retention, new Date());
  if (!cutoff) return "Nothing is deleted by age";
  if (!rule.apply_to_past) return `Deletes traces that get too old, but none from before ${formatDay(rule.created_at)} that were too old already`;
  return `Deletes traces from before ${formatDay(cutoff)} ${cutoff.getUTCFullYear()}${rule.catch_up_done ? "" : " · still catching up"}`;
}

/** Names of the projects that rules are about. */
function useProjectNames(rules: readonly RetentionRule[]): ReadonlyMap<string, string> {
  const ids = [...new Set(rules.flatMap(({ project_id: id }) => (id ? [id] : [])))];
  return useQueries({
    queries: ids.map((id) => projectQuery(id)),
    combine: (results) => new Map(results.flatMap(({ data }) => (data?.id && data.name ? [[data.id, data.name] as const] : []))),
  });
}
