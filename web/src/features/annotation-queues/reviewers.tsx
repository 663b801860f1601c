import { Tooltip } from "@/components/ui/tooltip";
import { colorOf } from "@/lib/colors";
import { NONE, plural } from "@/lib/format";
import type { AnnotationQueue } from "./api";

/** People shown before "+3". */
const SHOWN = 4;

type Reviewer = NonNullable<AnnotationQueue["reviewers"]>[number];

/** The first letters of a name in a circle of its colour. */
export function Avatar({ name }: { name: string }) {
  const letters = name
    .split(/[\s._@-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => Array.from(word)[0]?.toUpperCase() ?? "")
    .join("");
  return (
    <span className="relative inline-flex size-6 shrink-0 items-center justify-center overflow-hidden rounded-full border border-line bg-surface text-xs font-medium">
      <span aria-hidden className="absolute inset-0 opacity-20" style={{ background: colorOf(name) }} />
      <span aria-hidden className="relative">
        {letters || "?"}
      </span>
    </span>
  );
}

/** Who has reviewed items of a queue. */
export function Reviewers({ reviewers }: { reviewers: readonly Reviewer[] }) {
  if (reviewers.length === 0) return <span className="text-faint">{NONE}</span>;
  const sorted = reviewers.toSorted((a, b) => b.status - a.status);
  const [only] = sorted;
  return (
    <Tooltip content={sorted.map((reviewer) => `${reviewer.username}: ${plural(reviewer.status, "item")}`).join("\n")}>
      <span className="flex min-w-0 items-center gap-1.5">
        <span className="flex -space-x-1.5">
          {sorted.slice(0, SHOWN).map((reviewer) => (
            <Avatar key={reviewer.username} name={reviewer.username} />
          ))}
        </span>
        {sorted.length === 1 && only ? <span className="truncate">{only.username}</span> : <span className="tabular text-xs text-muted">{sorted.length > SHOWN ? `+${sorted.length - SHOWN}` : ""}</span>}
      </span>
    </Tooltip>
  );
}
