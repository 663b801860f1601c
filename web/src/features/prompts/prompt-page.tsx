import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Code, MoreHorizontal, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { isNotFound } from "@/api/errors";
import { Page } from "@/app/page";
import { useWorkspace } from "@/app/workspace";
import { Button, CopyButton, ErrorState, IconButton, Menu, MenuItem, Skeleton, TabPanel, Tabs, Tag } from "@/components/ui";
import { useProject } from "@/features/projects/project-context";
import { useRouteParam } from "@/lib/route";
import { deleteWithUndo } from "@/lib/undoable-delete";
import { type Codec, flagCodec, textCodec, useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { deletePrompts, type Prompt, promptQuery, refreshPrompts, versionQuery } from "./api";
import { CommitsTab } from "./commits-tab";
import { CompareDialog } from "./compare-dialog";
import { EditPromptDialog } from "./edit-prompt-dialog";
import { ExperimentsTab } from "./experiments-tab";
import { NewVersionDialog } from "./new-version-dialog";
import { StructureBadge } from "./prompt-columns";
import { UseInCodeDialog } from "./use-in-code-dialog";
import { VersionTab } from "./version-tab";

const tabCodec = wordCodec(["prompt", "commits", "experiments"]);
const pairCodec: Codec<readonly [string, string] | undefined> = {
  parse: (text) => {
    const [before = "", after = ""] = text.split(",");
    return [before, after];
  },
  format: (pair) => pair?.join(","),
};

/** A prompt: its versions, all commits, and the experiments that used it. */
export function PromptPage() {
  const promptId = useRouteParam("promptId") ?? "";
  const workspace = useWorkspace();
  const project = useProject();
  const prompt = useQuery(promptQuery(promptId));
  const crumbs = [{ label: "Prompts", to: `/${workspace}/projects/${project.id}/prompts` }];
  if (prompt.isPending) {
    return (
      <Page title="Prompt" crumbs={crumbs}>
        <Skeleton className="h-8 w-80" />
      </Page>
    );
  }
  if (prompt.isError && !prompt.data) {
    return (
      <Page title="Prompt" crumbs={crumbs}>
        <ErrorState
          title={isNotFound(prompt.error) ? "This prompt does not exist" : "The prompt could not be loaded"}
          error={prompt.error}
          onRetry={() => void prompt.refetch()}
          action={
            <Button asChild>
              <Link to="/$workspace/projects/$projectId/prompts" params={{ workspace, projectId: project.id }}>
                All prompts
              </Link>
            </Button>
          }
        />
      </Page>
    );
  }
  return <LoadedPrompt prompt={prompt.data} crumbs={crumbs} />;
}

interface LoadedPromptProps {
  prompt: Prompt;
  crumbs: { label: string; to: string }[];
}

function LoadedPrompt({ prompt, crumbs }: LoadedPromptProps) {
  const workspace = useWorkspace();
  const project = useProject();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [tab] = useUrlState("tab", tabCodec, "prompt");
  const [chosenId, setChosenId] = useUrlState("activeVersionId", textCodec, "");
  const [isEditing, setIsEditing] = useUrlState("edit", flagCodec, false);
  const [compared, setCompared] = useUrlState("compare", pairCodec, undefined);
  const setQuery = useSetUrlQuery();
  const [isEditingDetails, setIsEditingDetails] = useState(false);
  const [isUsing, setIsUsing] = useState(false);
  const activeId = chosenId || prompt.latest_version?.id;
  const active = useQuery(versionQuery(activeId ?? ""));
  const remove = () => {
    deleteWithUndo({
      ids: [prompt.id],
      title: `“${prompt.name}” deleted`,
      failure: "Could not delete the prompt",
      remove: () => deletePrompts([prompt.id]),
      onDone: () => refreshPrompts(client),
    });
    void navigate({ to: "/$workspace/projects/$projectId/prompts", params: { workspace, projectId: project.id } });
  };

  return (
    <Page
      title={prompt.name}
      crumbs={crumbs}
      isFull
      actions={
        <>
          <Button disabled={!active.data} onClick={() => setIsUsing(true)}>
            <Code /> <span className="max-md:sr-only">Use this prompt</span>
          </Button>
          <Menu
            trigger={
              <IconButton size="md" label="More for this prompt">
                <MoreHorizontal />
              </IconButton>
            }
          >
            <MenuItem icon={<Pencil />} onSelect={() => setIsEditingDetails(true)}>
              Edit name, description and tags
            </MenuItem>
            <MenuItem icon={<Trash2 />} danger onSelect={remove}>
              Delete prompt
            </MenuItem>
          </Menu>
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 bg-surface px-4 pt-2.5 max-md:px-3">
        <StructureBadge structure={prompt.template_structure} />
        {prompt.tags?.map((tag) => (
          <Tag key={tag} name={tag} />
        ))}
        {prompt.description && <span className="min-w-0 flex-1 truncate text-muted" title={prompt.description}>{prompt.description}</span>}
        <CopyButton size="xs" label="Copy prompt id" text={prompt.id} className="ms-auto" />
      </div>
      <Tabs
        value={tab}
        onValueChange={(value) => {
          const next = tabCodec.parse(value);
          if (next) setQuery({ tab: next === "prompt" ? undefined : next, search: undefined, filters: undefined, sorting: undefined, columns: undefined });
        }}
        className="flex-1"
        listClassName="bg-surface px-4 max-md:px-3"
        tabs={[
          { value: "prompt", label: "Prompt" },
          { value: "commits", label: "Commits", count: prompt.version_count },
          { value: "experiments", label: "Experiments" },
        ]}
      >
        <TabPanel value="prompt">
          <VersionTab prompt={prompt} activeId={activeId} onChoose={(id) => setChosenId(id, { push: true })} onEdit={() => setIsEditing(true)} onCompare={setCompared} />
        </TabPanel>
        <TabPanel value="commits">
          <CommitsTab
            promptId={prompt.id}
            onOpen={(id) => setQuery({ tab: undefined, activeVersionId: id, search: undefined, filters: undefined, sorting: undefined, columns: undefined }, { push: true })}
            onCompare={setCompared}
          />
        </TabPanel>
        <TabPanel value="experiments">
          <ExperimentsTab prompt={prompt} />
        </TabPanel>
      </Tabs>
      {isEditing && (active.data !== undefined || activeId === undefined) && (
        <NewVersionDialog
          key={activeId ?? "first"}
          prompt={prompt}
          version={active.data}
          onClose={() => setIsEditing(false)}
          onCreated={(version) => {
            client.setQueryData(versionQuery(version.id).queryKey, version);
            setQuery({ edit: undefined, tab: undefined, activeVersionId: version.id });
          }}
        />
      )}
      {compared && <CompareDialog prompt={prompt} ids={compared} onChange={setCompared} onClose={() => setCompared(undefined)} />}
      {isEditingDetails && <EditPromptDialog prompt={prompt} onClose={() => setIsEditingDetails(false)} />}
      {isUsing && active.data && <UseInCodeDialog prompt={prompt} version={active.data} onClose={() => setIsUsing(false)} />}
    </Page>
  );
}
