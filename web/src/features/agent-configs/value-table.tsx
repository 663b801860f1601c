import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessageSquareText } from "lucide-react";
import { useWorkspace } from "@/app/workspace";
import { Badge } from "@/components/ui";
import { cn } from "@/lib/cn";
import { promptOfCommitQuery } from "./api";
import { type ConfigValue, readableValue, typeLabel, type ValueChange } from "./values";

interface ValueTableProps {
  changes: readonly ValueChange[];
  /** Marks what differs from another version. */
  isMarked: boolean;
}

const MARKS: Record<ValueChange["kind"], string> = { same: "", added: "bg-good-soft/60", changed: "bg-warn-soft/60", removed: "bg-bad-soft/60" };

/** The values of a configuration with their types, and how they differ from another version. */
export function ValueTable({ changes, isMarked }: ValueTableProps) {
  return (
    <div className="overflow-x-auto rounded-lg border border-line bg-surface">
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b border-line text-start text-xs text-muted">
            <th className="w-1/4 min-w-36 px-4 py-2 text-start font-medium">Name</th>
            <th className="w-24 px-3 py-2 text-start font-medium">Type</th>
            <th className="px-3 py-2 text-start font-medium">Value</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ key, kind, before, after }) => {
            const shown = after ?? before;
            if (!shown) return null;
            const isChanged = isMarked && kind === "changed";
            return (
              <tr key={key} className={cn("border-b border-line/70 align-top last:border-0", isMarked && MARKS[kind])}>
                <th scope="row" className="px-4 py-2.5 text-start font-normal">
                  <span className="font-mono text-xs font-medium [overflow-wrap:anywhere]">{key}</span>
                  {isMarked && kind !== "same" && <span className={cn("ms-2 text-xs", kind === "added" ? "text-good" : kind === "removed" ? "text-bad" : "text-warn")}>{kind}</span>}
                  {shown.description && <p className="mt-0.5 text-xs text-muted">{shown.description}</p>}
                </th>
                <td className="px-3 py-2.5">
                  <Badge>{typeLabel(shown.type)}</Badge>
                </td>
                <td className="max-w-0 px-3 py-2.5">
                  {isChanged && before && (
                    <del className="mb-0.5 block text-muted decoration-bad/60">
                      <ValueText value={before} />
                    </del>
                  )}
                  <ValueText value={shown} isGone={isMarked && kind === "removed"} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function ValueText({ value, isGone }: { value: ConfigValue; isGone?: boolean }) {
  if (value.value === null || value.value === undefined) return <span className="text-faint">not set</span>;
  if (value.type === "prompt" || value.type === "prompt_commit") return <PromptValue commit={value.value} />;
  return <span className={cn("block max-h-72 overflow-y-auto font-mono text-xs leading-5 [overflow-wrap:anywhere] whitespace-pre-wrap", isGone && "line-through decoration-bad/60")}>{readableValue(value)}</span>;
}

/** A prompt that a value refers to. */
function PromptValue({ commit }: { commit: string }) {
  const workspace = useWorkspace();
  const prompt = useQuery(promptOfCommitQuery(commit));
  const version = prompt.data?.requested_version;
  if (!prompt.data?.project_id || !version) return <span className="font-mono text-xs">{commit}</span>;
  return (
    <Link
      to="/$workspace/projects/$projectId/prompts/$promptId"
      params={{ workspace, projectId: prompt.data.project_id, promptId: prompt.data.id }}
      search={{ activeVersionId: version.id }}
      className="inline-flex max-w-full items-center gap-1.5 text-accent hover:underline"
    >
      <MessageSquareText className="size-3.5 shrink-0" />
      <span className="truncate">{prompt.data.name}</span>
      <Badge>{version.version_number ?? commit}</Badge>
    </Link>
  );
}
