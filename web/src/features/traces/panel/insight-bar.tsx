import { CircleAlert, CircleDollarSign, Flame, Unlink } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { formatCount, formatDuration, formatPercent, plural } from "@/lib/format";
import { formatSmallCost } from "./numbers";
import type { SpanNode, SpanTree } from "./span-tree";

interface InsightBarProps {
  tree: SpanTree;
  selected: SpanNode;
  onSelect: (node: SpanNode) => void;
  className?: string;
}

/** What to look at first: where the trace failed, what took its time and what cost most. Each leads there. */
export function InsightBar({ tree, selected, onSelect, className }: InsightBarProps) {
  const { failures, slowest, costliest, orphans, total, root } = tree;
  if (failures.length === 0 && !slowest && !costliest && orphans === 0) return null;
  const failureAt = failures.indexOf(selected);
  const nextFailure = failures[(failureAt + 1) % Math.max(failures.length, 1)];
  const orphan = orphans > 0 ? [...tree.byId.values()].find((node) => node.isOrphan) : undefined;
  return (
    <div className={cn("flex shrink-0 flex-wrap items-center gap-1.5 border-b border-line bg-surface px-3 py-1.5", className)}>
      {nextFailure && (
        <Insight icon={<CircleAlert />} tone="bg-bad-soft text-bad" isOn={failureAt >= 0} onClick={() => onSelect(nextFailure)}>
          <b>{failures.length === 1 ? "Failed in" : `${formatCount(failures.length)} failures`}</b>
          <span className="truncate">{failures.length === 1 ? nextFailure.name : failureAt >= 0 ? `${failureAt + 1} of ${failures.length}` : nextFailure.name}</span>
        </Insight>
      )}
      {slowest && (
        <Insight icon={<Flame />} tone="bg-warn-soft text-warn" isOn={selected === slowest} onClick={() => onSelect(slowest)}>
          <b>Slowest</b>
          <span className="truncate">{slowest.name}</span>
          <span className="tabular shrink-0">
            {formatDuration(slowest.selfTime)} · {formatPercent(Math.round((slowest.selfTime / total) * 100))}
          </span>
        </Insight>
      )}
      {costliest && (
        <Insight icon={<CircleDollarSign />} tone="bg-accent-soft text-accent" isOn={selected === costliest} onClick={() => onSelect(costliest)}>
          <b>Costliest</b>
          <span className="truncate">{costliest.name}</span>
          <span className="tabular shrink-0">
            {formatSmallCost(costliest.cost)}
            {root.cost > 0 && ` · ${formatPercent(Math.round((costliest.cost / root.cost) * 100))}`}
          </span>
        </Insight>
      )}
      {orphan && (
        <Insight icon={<Unlink />} tone="bg-sunken text-muted" isOn={selected === orphan} onClick={() => onSelect(orphan)}>
          {plural(orphans, "span")} without {orphans === 1 ? "its" : "their"} parent
        </Insight>
      )}
    </div>
  );
}

interface InsightProps {
  icon: ReactNode;
  tone: string;
  isOn: boolean;
  onClick: () => void;
  children: ReactNode;
}

function Insight({ icon, tone, isOn, onClick, children }: InsightProps) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      className={cn("flex h-6 max-w-80 min-w-0 items-center gap-1.5 rounded-full px-2 text-xs hover:brightness-97 [&_b]:font-semibold [&_b]:whitespace-nowrap [&_svg]:size-3.5 [&_svg]:shrink-0", tone, isOn && "ring-1 ring-current")}
      onClick={onClick}
    >
      {icon}
      {children}
    </button>
  );
}
