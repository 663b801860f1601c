import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { FileDiff, History, Pencil } from "lucide-react";
import { useMemo, useState } from "react";
import { Page } from "@/app/page";
import { Badge, Button, CopyButton, ErrorState, NativeSelect, Sheet, Skeleton } from "@/components/ui";
import { useEnvironmentColors } from "@/features/environments/api";
import { EnvironmentBadge } from "@/features/environments/environment-badge";
import { useProject } from "@/features/projects/project-context";
import { cn } from "@/lib/cn";
import { formatExactTime, formatRelative } from "@/lib/format";
import { flagCodec, textCodec, useSetUrlQuery, useUrlState } from "@/lib/url-state";
import { type Blueprint, blueprintQuery, historyQuery } from "./api";
import { AssignMenu } from "./assign-menu";
import { ConfigurationEditor } from "./configuration-editor";
import { EmptyConfiguration } from "./empty-configuration";
import { ValueTable } from "./value-table";
import { compareValues } from "./values";

/** The configuration of a project's agent: its versions, their values, and which environment uses which. */
export function AgentConfigsPage() {
  const project = useProject();
  const history = useInfiniteQuery(historyQuery(project.id));
  const [chosenId, setChosenId] = useUrlState("version", textCodec, "");
  const [isEditing, setIsEditing] = useUrlState("edit", flagCodec, false);
  const [isListOpen, setIsListOpen] = useState(false);
  const setQuery = useSetUrlQuery();
  const versions = useMemo(() => history.data?.pages.flatMap((page) => page.content) ?? [], [history.data]);
  const listed = chosenId ? versions.find(({ id }) => id === chosenId) : versions[0];
  const single = useQuery({ ...blueprintQuery(project.id, chosenId), enabled: chosenId !== "" && listed === undefined && history.isSuccess });
  const shown = listed ?? single.data;
  const owners = useMemo(() => new Map(versions.flatMap((version) => (version.envs ?? []).map((name) => [name, version] as const))), [versions]);
  const choose = (id: string) => {
    setChosenId(id, { push: true });
    setIsListOpen(false);
  };
  const list = (
    <VersionHistory
      versions={versions}
      activeId={shown?.id}
      onChoose={choose}
      onMore={history.hasNextPage ? () => void history.fetchNextPage() : undefined}
      isLoadingMore={history.isFetchingNextPage}
    />
  );
  const editor = isEditing && (shown !== undefined || versions.length === 0) && history.isSuccess && (
    <ConfigurationEditor base={shown} onClose={() => setIsEditing(false)} onSaved={(id) => setQuery({ edit: undefined, version: id, compare: undefined })} />
  );

  if (history.isPending) {
    return (
      <Page title="Agent configurations">
        <Skeleton className="mb-4 h-8 w-64" />
        <Skeleton className="h-60" />
      </Page>
    );
  }
  if (history.isError && !history.data) {
    return (
      <Page title="Agent configurations">
        <ErrorState title="The agent configuration could not be loaded" error={history.error} onRetry={() => void history.refetch()} />
      </Page>
    );
  }
  if (versions.length === 0) {
    return (
      <Page title="Agent configurations">
        <EmptyConfiguration projectName={project.name} onCreate={() => setIsEditing(true)} />
        {editor}
      </Page>
    );
  }
  return (
    <Page title="Agent configurations" isFull>
      <CurrentVersions owners={owners} onChoose={choose} activeId={shown?.id} />
      <div className="flex min-h-0 flex-1">
        <div className="w-64 shrink-0 overflow-y-auto border-e border-line bg-surface max-lg:hidden">{list}</div>
        <div className="min-w-0 flex-1 overflow-y-auto">
          {shown ? (
            <ConfigurationView key={shown.id} blueprint={shown} versions={versions} owners={owners} onEdit={() => setIsEditing(true)} onHistory={() => setIsListOpen(true)} />
          ) : single.isError ? (
            <ErrorState title="This version could not be loaded" error={single.error} action={<Button onClick={() => setChosenId("")}>Show the latest</Button>} />
          ) : (
            <Skeleton className="m-6 h-60 w-auto" />
          )}
        </div>
      </div>
      <Sheet open={isListOpen} onOpenChange={setIsListOpen} label="Versions" side="left" className="max-w-80 overflow-y-auto">
        {list}
      </Sheet>
      {editor}
    </Page>
  );
}

interface CurrentVersionsProps {
  owners: ReadonlyMap<string, Blueprint>;
  activeId: string | undefined;
  onChoose: (id: string) => void;
}

/** Which version each environment uses now. */
function CurrentVersions({ owners, activeId, onChoose }: CurrentVersionsProps) {
  const colorOf = useEnvironmentColors();
  return (
    <div role="group" aria-label="In use now" className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2.5 max-md:px-3">
      <span className="text-xs font-medium text-muted">In use now</span>
      {owners.size === 0 && <span className="text-muted">No environment uses a version. Assign one, or agents fall back to their own values.</span>}
      {[...owners].map(([name, version]) => (
        <button
          key={name}
          type="button"
          onClick={() => onChoose(version.id)}
          className={cn("inline-flex h-7 items-center gap-2 rounded-md border border-line px-2 text-sm hover:bg-hover", version.id === activeId && "border-accent/40 bg-selected")}
        >
          <span aria-hidden className="size-2 rounded-full" style={{ background: colorOf(name) }} />
          {name}
          <span className="font-semibold">{version.name}</span>
        </button>
      ))}
    </div>
  );
}

interface VersionHistoryProps {
  versions: readonly Blueprint[];
  activeId: string | undefined;
  onChoose: (id: string) => void;
  onMore: (() => void) | undefined;
  isLoadingMore: boolean;
}

function VersionHistory({ versions, activeId, onChoose, onMore, isLoadingMore }: VersionHistoryProps) {
  return (
    <nav aria-label="Versions">
      <ol>
        {versions.map((version, index) => (
          <li key={version.id}>
            <button
              type="button"
              aria-current={version.id === activeId ? "true" : undefined}
              onClick={() => onChoose(version.id)}
              className={cn(
                "flex w-full flex-col gap-1 border-b border-line/70 px-4 py-2.5 text-start outline-offset-[-2px] transition-colors",
                version.id === activeId ? "bg-selected shadow-[inset_3px_0_0_var(--accent)]" : "hover:bg-hover",
              )}
            >
              <span className="flex items-center gap-1.5">
                <span className="font-semibold">{version.name}</span>
                {index === 0 && <Badge>Latest</Badge>}
              </span>
              {version.description && <span className="line-clamp-2 text-muted">{version.description}</span>}
              <span className="text-xs text-faint">
                {version.created_by} · {formatRelative(version.created_at)}
              </span>
              {version.envs && version.envs.length > 0 && (
                <span className="flex flex-wrap gap-1 pt-0.5">
                  {version.envs.map((name) => (
                    <EnvironmentBadge key={name} name={name} />
                  ))}
                </span>
              )}
            </button>
          </li>
        ))}
      </ol>
      {onMore && (
        <Button className="m-3" busy={isLoadingMore} onClick={onMore}>
          Older versions
        </Button>
      )}
    </nav>
  );
}

interface ConfigurationViewProps {
  blueprint: Blueprint;
  versions: readonly Blueprint[];
  owners: ReadonlyMap<string, Blueprint>;
  onEdit: () => void;
  onHistory: () => void;
}

function ConfigurationView({ blueprint, versions, owners, onEdit, onHistory }: ConfigurationViewProps) {
  const project = useProject();
  const [comparedId, setComparedId] = useUrlState("compare", textCodec, "");
  const compared = versions.find(({ id }) => id === comparedId);
  const other = useQuery({ ...blueprintQuery(project.id, comparedId), enabled: comparedId !== "" && compared === undefined });
  const base = compared ?? other.data;
  const changes = useMemo(() => compareValues(base?.values ?? [], blueprint.values), [base, blueprint]);
  const changed = changes.filter(({ kind }) => kind !== "same").length;
  const ownerNames = useMemo(() => new Map([...owners].map(([name, version]) => [name, version.name])), [owners]);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-5 p-6 max-md:p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-64 flex-wrap items-center gap-x-2 gap-y-1">
          <h2 className="text-lg font-semibold">{blueprint.name}</h2>
          {blueprint.envs?.map((name) => <EnvironmentBadge key={name} name={name} />)}
          <p className="w-full text-muted">
            {blueprint.description && <span className="text-ink">{blueprint.description} · </span>}
            {blueprint.created_by} · <time title={formatExactTime(blueprint.created_at)}>{formatRelative(blueprint.created_at)}</time>
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-1.5">
          <Button className="lg:hidden" onClick={onHistory}>
            <History /> Versions
          </Button>
          <AssignMenu projectId={project.id} blueprint={blueprint} owners={ownerNames} />
          <Button variant="primary" onClick={onEdit}>
            <Pencil /> Edit
          </Button>
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="flex-1 text-sm font-semibold">
          Values <span className="tabular font-normal text-muted">{blueprint.values.length}</span>
        </h3>
        {versions.length > 1 && (
          <label className="flex items-center gap-2 text-muted">
            <FileDiff aria-hidden className="size-4" />
            <span className="max-md:sr-only">Compare with</span>
            <NativeSelect className="w-44" value={comparedId} onChange={(event) => setComparedId(event.target.value)}>
              <option value="">nothing</option>
              {versions
                .filter(({ id }) => id !== blueprint.id)
                .map(({ id, name, envs }) => (
                  <option key={id} value={id}>
                    {[name, ...(envs ?? [])].join(" · ")}
                  </option>
                ))}
            </NativeSelect>
          </label>
        )}
        <CopyButton label="Copy values as JSON" text={() => JSON.stringify(Object.fromEntries(blueprint.values.map(({ key, value }) => [key, value])), null, 2)} />
      </div>
      {base && (
        <p className="-mt-3 text-muted">
          {changed === 0 ? `No value differs from ${base.name}.` : `${changed} of ${changes.length} values differ from ${base.name}.`}
        </p>
      )}
      <ValueTable changes={changes} isMarked={base !== undefined} />
    </div>
  );
}
