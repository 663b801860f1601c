import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy, FileDiff, GitCommitHorizontal, History, MoreHorizontal, Pencil, RotateCcw } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { PayloadView } from "@/components/payload";
import { Badge, Button, ConfirmDialog, CopyButton, EmptyState, ErrorState, IconButton, Menu, MenuItem, Segmented, Sheet, Skeleton, TagEditor, toast } from "@/components/ui";
import { EnvironmentBadge } from "@/features/environments/environment-badge";
import { copyText } from "@/lib/clipboard";
import { formatExactTime, formatRelative } from "@/lib/format";
import { useUrlState, wordCodec } from "@/lib/url-state";
import { changeLoadedVersions, type Prompt, type PromptVersion, refreshPrompts, restoreVersion, setVersionTags, versionLabel, versionQuery } from "./api";
import { parseChatTemplate } from "./chat-template";
import { DeployMenu } from "./deploy-menu";
import { LANGUAGES, variablesOf } from "./template";
import { ChatTemplate, TemplateText } from "./template-view";
import { Variable } from "./version-fields";
import { VersionList } from "./version-list";

interface VersionTabProps {
  prompt: Prompt;
  activeId: string | undefined;
  onChoose: (id: string) => void;
  onEdit: () => void;
  onCompare: (ids: readonly [string, string]) => void;
}

/** All versions of a prompt and the chosen one. */
export function VersionTab({ prompt, activeId, onChoose, onEdit, onCompare }: VersionTabProps) {
  const [isListOpen, setIsListOpen] = useState(false);
  const version = useQuery(versionQuery(activeId ?? ""));
  return (
    <div className="flex h-full min-h-0">
      <VersionList promptId={prompt.id} activeId={activeId} onChoose={onChoose} className="w-64 shrink-0 border-e border-line bg-surface max-lg:hidden" />
      <div className="min-w-0 flex-1 overflow-y-auto">
        {activeId === undefined ? (
          <EmptyState
            icon={<GitCommitHorizontal />}
            title="No version yet"
            action={
              <Button variant="primary" onClick={onEdit}>
                <Pencil /> Write the first version
              </Button>
            }
          >
            This prompt has a name, but no template.
          </EmptyState>
        ) : version.isPending ? (
          <div className="flex flex-col gap-4 p-6">
            <Skeleton className="h-8 w-72" />
            <Skeleton className="h-60" />
          </div>
        ) : version.isError && !version.data ? (
          <ErrorState title="This version could not be loaded" error={version.error} onRetry={() => void version.refetch()} />
        ) : (
          <VersionView
            key={version.data.id}
            prompt={prompt}
            version={version.data}
            onChoose={onChoose}
            onEdit={onEdit}
            onCompare={onCompare}
            historyButton={
              <Button className="lg:hidden" onClick={() => setIsListOpen(true)}>
                <History /> Versions
              </Button>
            }
          />
        )}
      </div>
      <Sheet open={isListOpen} onOpenChange={setIsListOpen} label="Versions" side="left" className="max-w-80">
        <VersionList
          promptId={prompt.id}
          activeId={activeId}
          onChoose={(id) => {
            onChoose(id);
            setIsListOpen(false);
          }}
          className="flex-1"
        />
      </Sheet>
    </div>
  );
}

const viewCodec = wordCodec(["pretty", "raw"]);

interface VersionViewProps {
  prompt: Prompt;
  version: PromptVersion;
  onChoose: (id: string) => void;
  onEdit: () => void;
  onCompare: (ids: readonly [string, string]) => void;
  historyButton: ReactNode;
}

function VersionView({ prompt, version, onChoose, onEdit, onCompare, historyButton }: VersionViewProps) {
  const client = useQueryClient();
  const [view, setView] = useUrlState("view", viewCodec, "pretty");
  const [isRestoring, setIsRestoring] = useState(false);
  const isChat = prompt.template_structure === "chat";
  const messages = useMemo(() => (isChat ? parseChatTemplate(version.template) : undefined), [isChat, version.template]);
  const variables = useMemo(() => variablesOf(version.template, version.type), [version]);
  const isLatest = prompt.latest_version?.id === version.id;
  const latestId = prompt.latest_version?.id;

  const restore = useMutation({
    mutationFn: () => restoreVersion(prompt.id, version.id),
    onSuccess: async (created) => {
      setIsRestoring(false);
      onChoose(created.id);
      toast.good(`${versionLabel(version)} is back as ${versionLabel(created)}`);
      await refreshPrompts(client);
    },
    onError: (error) => toast.bad("Could not restore the version", error),
  });
  const tag = useMutation({
    mutationFn: (tags: string[]) => setVersionTags([version.id], tags),
    onMutate: (tags) => ({ undo: changeLoadedVersions(client, prompt.id, (other) => (other.id === version.id ? { ...other, tags } : other)) }),
    onError: (error, _, context) => {
      context?.undo();
      toast.bad("Could not save the tags", error);
    },
    onSettled: () => refreshPrompts(client),
  });

  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-5 p-6 max-md:p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-72 flex-wrap items-center gap-x-2 gap-y-1">
          <h2 data-testid="active-version-label" className="text-lg font-semibold">
            {versionLabel(version)}
          </h2>
          {isLatest && <Badge>Latest</Badge>}
          {version.environments.map((name) => (
            <EnvironmentBadge key={name} name={name} />
          ))}
          <p className="w-full text-sm text-muted">
            {version.change_description ? <span className="text-ink">{version.change_description} · </span> : null}
            {version.created_by} · <time title={formatExactTime(version.created_at)}>{formatRelative(version.created_at)}</time>
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-1.5">
          {historyButton}
          <DeployMenu promptId={prompt.id} version={version} />
          <Button variant="primary" onClick={onEdit}>
            <Pencil /> Edit
          </Button>
          <Menu
            trigger={
              <IconButton size="md" variant="secondary" label="More for this version">
                <MoreHorizontal />
              </IconButton>
            }
          >
            <MenuItem icon={<FileDiff />} disabled={isLatest || !latestId} onSelect={() => latestId && onCompare([version.id, latestId])}>
              Compare with latest
            </MenuItem>
            <MenuItem icon={<FileDiff />} disabled={prompt.version_count < 2} onSelect={() => onCompare([version.id, ""])}>
              Compare with…
            </MenuItem>
            <MenuItem icon={<Copy />} onSelect={() => void copyText(version.template).then((done) => (done ? toast.good("Template copied") : toast.bad("The browser does not let this page copy")))}>
              Copy template
            </MenuItem>
            <MenuItem icon={<RotateCcw />} disabled={isLatest} onSelect={() => setIsRestoring(true)}>
              Restore as newest
            </MenuItem>
          </Menu>
        </div>
      </div>

      <div className="grid gap-6 xl:grid-cols-[minmax(0,1fr)_16rem]">
        <section aria-label="Template" className="min-w-0">
          <div className="mb-2 flex h-7 items-center gap-2">
            <h3 className="flex-1 text-sm font-semibold">{isChat ? "Messages" : "Template"}</h3>
            <Segmented
              size="sm"
              label="Show the template"
              value={view}
              onValueChange={setView}
              options={[
                { value: "pretty", label: "Pretty" },
                { value: "raw", label: isChat ? "JSON" : "Raw" },
              ]}
            />
            <CopyButton label="Copy template" text={version.template} />
          </div>
          {view === "raw" || (isChat && !messages) ? (
            isChat ? (
              <RawChat template={version.template} />
            ) : (
              <pre tabIndex={0} aria-label="Raw template" className="max-h-[70vh] overflow-auto rounded-lg border border-line bg-surface p-4 font-mono text-xs leading-5 [overflow-wrap:anywhere] whitespace-pre-wrap">{version.template}</pre>
            )
          ) : messages ? (
            <ChatTemplate messages={messages} language={version.type} />
          ) : (
            <div data-testid="prompt-text-content" className="rounded-lg border border-line bg-surface p-5 text-base leading-relaxed">
              <TemplateText text={version.template} language={version.type} />
            </div>
          )}
          {version.metadata !== undefined && version.metadata !== null && <PayloadView title="Metadata" value={version.metadata} storageKey="prompt-metadata" className="mt-5" />}
        </section>

        <aside aria-label="About this version" className="flex min-w-0 flex-col gap-5 max-xl:grid max-xl:grid-cols-2 max-md:grid-cols-1">
          <Aside title="Variables">
            {variables.length > 0 ? (
              <div className="flex flex-wrap gap-1">
                {variables.map((name) => (
                  <Variable key={name} name={name} />
                ))}
              </div>
            ) : (
              <p className="text-muted">None</p>
            )}
            <p className="mt-1.5 text-xs text-faint">{LANGUAGES.find(({ value }) => value === version.type)?.label} syntax</p>
          </Aside>
          <Aside title="Commit">
            <span className="flex items-center gap-1 font-mono text-sm">
              <GitCommitHorizontal className="size-4 text-faint" /> {version.commit}
              <CopyButton size="xs" label="Copy commit" text={version.commit} />
            </span>
          </Aside>
          <Aside title="Tags">
            <TagEditor tags={version.tags ?? []} onChange={(tags) => tag.mutate(tags)} suggestions={prompt.tags ?? []} />
          </Aside>
        </aside>
      </div>
      <ConfirmDialog
        open={isRestoring}
        onOpenChange={setIsRestoring}
        title={`Restore ${versionLabel(version)}?`}
        description="Its template and metadata become a new version, the newest one. Environments keep the versions that they use."
        action="Restore"
        busy={restore.isPending}
        onConfirm={() => restore.mutate()}
      />
    </div>
  );
}

function Aside({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="min-w-0">
      <h3 className="mb-1.5 text-xs font-semibold text-muted">{title}</h3>
      {children}
    </section>
  );
}

function RawChat({ template }: { template: string }) {
  const text = useMemo(() => {
    try {
      return JSON.stringify(JSON.parse(template), null, 2);
    } catch {
      return template;
    }
  }, [template]);
  return <pre tabIndex={0} aria-label="Messages as JSON" className="max-h-[70vh] overflow-auto rounded-lg border border-line bg-surface p-4 font-mono text-xs leading-5 [overflow-wrap:anywhere] whitespace-pre-wrap">{text}</pre>;
}
