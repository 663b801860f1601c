import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight, ArrowRight } from "lucide-react";
import { useMemo } from "react";
import { type DiffMode, JsonDiff, TextDiff } from "@/components/diff";
import { Dialog, ErrorState, IconButton, Segmented, Skeleton } from "@/components/ui";
import { useStoredState } from "@/lib/stored-state";
import { type Prompt, type PromptVersion, versionLabel, versionQuery } from "./api";
import { pairMessages } from "./chat-diff";
import { messageTextOf, parseChatTemplate } from "./chat-template";
import { Role } from "./role";
import { VersionPicker } from "./version-picker";

interface CompareDialogProps {
  prompt: Prompt;
  /** Two ids of versions; an empty one is still to be chosen. */
  ids: readonly [string, string];
  onChange: (ids: readonly [string, string]) => void;
  onClose: () => void;
}

/** What differs between two versions of a prompt. */
export function CompareDialog({ prompt, ids, onChange, onClose }: CompareDialogProps) {
  const [beforeId, afterId] = ids;
  const before = useQuery(versionQuery(beforeId));
  const after = useQuery(versionQuery(afterId));
  const [mode, setMode] = useStoredState<DiffMode>("diff-mode", "split");
  const error = before.error ?? after.error;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Compare versions of ${prompt.name}`} width="xl">
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <VersionPicker promptId={prompt.id} label="Before" value={beforeId || undefined} chosen={before.data} onValueChange={(id) => onChange([id, afterId])} />
        <ArrowRight aria-hidden className="size-4 text-faint" />
        <VersionPicker promptId={prompt.id} label="After" value={afterId || undefined} chosen={after.data} onValueChange={(id) => onChange([beforeId, id])} />
        <IconButton label="Swap the two versions" onClick={() => onChange([afterId, beforeId])}>
          <ArrowLeftRight />
        </IconButton>
        <Segmented
          className="ms-auto max-md:hidden"
          label="Show changes"
          value={mode}
          onValueChange={setMode}
          options={[
            { value: "split", label: "Side by side" },
            { value: "unified", label: "In one column" },
          ]}
        />
      </div>
      {error ? (
        <ErrorState title="A version could not be loaded" error={error} />
      ) : beforeId === "" || afterId === "" ? (
        <p className="py-10 text-center text-muted">Choose the version to compare with.</p>
      ) : before.data && after.data ? (
        <VersionDiff prompt={prompt} before={before.data} after={after.data} mode={mode} />
      ) : (
        <Skeleton className="h-60" />
      )}
    </Dialog>
  );
}

interface VersionDiffProps {
  prompt: Prompt;
  before: PromptVersion;
  after: PromptVersion;
  mode: DiffMode;
}

function VersionDiff({ prompt, before, after, mode }: VersionDiffProps) {
  const labels = { beforeLabel: versionLabel(before), afterLabel: versionLabel(after), mode };
  const pairs = useMemo(() => {
    if (prompt.template_structure !== "chat") return undefined;
    const [left, right] = [parseChatTemplate(before.template), parseChatTemplate(after.template)];
    return left && right ? pairMessages(left, right) : undefined;
  }, [after.template, before.template, prompt.template_structure]);
  const hasMetadata = [before, after].some(({ metadata }) => metadata !== undefined && metadata !== null);
  return (
    <div className="flex flex-col gap-5">
      {before.type !== after.type && (
        <p className="rounded-md bg-warn-soft px-3 py-1.5 text-warn">
          The template language changed from {before.type} to {after.type}.
        </p>
      )}
      {pairs ? (
        <ol aria-label="Messages" className="flex flex-col gap-3">
          {pairs.map((pair, index) => {
            const role = pair.after?.role ?? pair.before?.role ?? "";
            return (
              <li key={index} className="overflow-hidden rounded-lg border border-line bg-surface">
                <div className="flex h-8 items-center gap-2 px-3">
                  <Role name={role} />
                  <span className="text-xs text-faint">{pair.isSame ? "unchanged" : !pair.before ? "added" : !pair.after ? "removed" : ""}</span>
                </div>
                {pair.isSame && pair.after ? (
                  <p className="line-clamp-3 border-t border-line px-3 py-2 text-sm [overflow-wrap:anywhere] whitespace-pre-wrap text-muted">{messageTextOf(pair.after)}</p>
                ) : (
                  <TextDiff framed={false} className="border-t border-line" before={pair.before ? messageTextOf(pair.before) : ""} after={pair.after ? messageTextOf(pair.after) : ""} {...labels} />
                )}
              </li>
            );
          })}
        </ol>
      ) : (
        <section aria-label="Template">
          <h3 className="mb-1.5 text-sm font-semibold">Template</h3>
          <TextDiff before={before.template} after={after.template} {...labels} />
        </section>
      )}
      {hasMetadata && (
        <section aria-label="Metadata">
          <h3 className="mb-1.5 text-sm font-semibold">Metadata</h3>
          <JsonDiff before={before.metadata} after={after.metadata} {...labels} />
        </section>
      )}
    </div>
  );
}
