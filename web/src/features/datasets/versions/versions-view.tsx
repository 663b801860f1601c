import { useInfiniteQuery } from "@tanstack/react-query";
import { Eye, GitCompareArrows, History, MoreHorizontal, Pencil, RotateCcw } from "lucide-react";
import { useState } from "react";
import { Badge, Button, EmptyState, ErrorState, IconButton, Menu, MenuItem, Skeleton, Tag, Tooltip } from "@/components/ui";
import { formatExactTime, formatRelative, plural } from "@/lib/format";
import { textCodec, useSetUrlQuery, useUrlState } from "@/lib/url-state";
import { DATASETS_KEY, fetchVersions, VERSIONS_PAGE } from "../api";
import type { Dataset, DatasetVersion } from "../model";
import { EditVersionDialog, LATEST_TAG } from "./edit-version-dialog";
import { RestoreDialog } from "./restore-dialog";
import { VersionDiff } from "./version-diff";
import { VersionSummary } from "./version-summary";

interface VersionsViewProps {
  dataset: Dataset;
  projectName: string;
  onOpenVersion: (hash: string | undefined) => void;
  hasDraft: boolean;
}

/** The history of a dataset, and the differences of two versions. */
export function VersionsView({ dataset, projectName, onOpenVersion, hasDraft }: VersionsViewProps) {
  const [from] = useUrlState("from", textCodec, "");
  const [to] = useUrlState("to", textCodec, "");
  const setQuery = useSetUrlQuery();
  const [editing, setEditing] = useState<DatasetVersion>();
  const [restoring, setRestoring] = useState<DatasetVersion>();
  const history = useInfiniteQuery({
    queryKey: [DATASETS_KEY, "versions", dataset.id, "history", dataset.latest_version?.id ?? ""],
    queryFn: ({ pageParam, signal }) => fetchVersions(dataset.id, pageParam, VERSIONS_PAGE, signal),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (pages.length * VERSIONS_PAGE < last.total ? pages.length + 1 : undefined),
  });
  const compare = (older: string, newer: string) => setQuery({ from: older, to: newer }, { push: true });
  if (history.isPending) {
    return (
      <div className="mx-auto flex max-w-4xl flex-col gap-3 p-6">
        {[1, 2, 3, 4].map((key) => (
          <Skeleton key={key} className="h-16" />
        ))}
      </div>
    );
  }
  if (!history.data) return <ErrorState title="The versions could not be loaded" error={history.error} onRetry={() => void history.refetch()} />;
  const versions = history.data.pages.flatMap((page) => page.content);
  if (versions.length === 0) {
    return (
      <EmptyState icon={<History />} title="No versions yet">
        The first items make the first version. Every saved change makes another one.
      </EmptyState>
    );
  }
  if (from && to) {
    return <VersionDiff dataset={dataset} projectName={projectName} versions={versions} from={from} to={to} onCompare={compare} onClose={() => setQuery({ from: undefined, to: undefined }, { push: true })} />;
  }
  return (
    <div className="mx-auto max-w-4xl p-6 max-md:p-3">
      <ol aria-label="Versions" className="relative flex flex-col">
        {versions.map((version, index) => {
          const older = versions[index + 1];
          return (
            <li key={version.id} data-testid={`version-history-item-${version.version_name}`} className="group relative flex gap-4 pb-3 max-md:gap-3">
              <div aria-hidden className="flex w-3 shrink-0 flex-col items-center pt-4.5">
                <span className={version.is_latest ? "size-2.5 rounded-full bg-accent" : "size-2 rounded-full border-2 border-line-strong bg-surface"} />
                {index < versions.length - 1 && <span className="-mb-7.5 w-px flex-1 bg-line" />}
              </div>
              <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-line bg-surface px-4 py-3">
                <div className="min-w-56 flex-1">
                  <div className="flex flex-wrap items-center gap-2">
                    <span className="font-semibold">{version.version_name}</span>
                    {version.is_latest && <Badge tone="accent">latest</Badge>}
                    {version.tags
                      .filter((tag) => tag !== LATEST_TAG)
                      .map((tag) => (
                        <Tag key={tag} name={tag} />
                      ))}
                    <VersionSummary version={version} />
                  </div>
                  {version.change_description && <p className="mt-0.5 break-words">{version.change_description}</p>}
                  <p className="mt-0.5 text-xs text-muted">
                    {plural(version.items_total, "item")} · {version.created_by} ·{" "}
                    <Tooltip content={formatExactTime(version.created_at)}>
                      <time dateTime={version.created_at}>{formatRelative(version.created_at)}</time>
                    </Tooltip>
                  </p>
                </div>
                <div className="flex items-center gap-1">
                  <Button size="sm" onClick={() => onOpenVersion(version.is_latest ? undefined : version.version_hash)}>
                    <Eye /> Items
                  </Button>
                  {older && (
                    <Button size="sm" onClick={() => compare(older.version_hash, version.version_hash)}>
                      <GitCompareArrows /> Changes
                    </Button>
                  )}
                  <Menu
                    trigger={
                      <IconButton label={`Actions of ${version.version_name}`}>
                        <MoreHorizontal />
                      </IconButton>
                    }
                  >
                    <MenuItem icon={<Pencil />} onSelect={() => setEditing(version)}>
                      Edit note and tags
                    </MenuItem>
                    {!version.is_latest && (
                      <>
                        <MenuItem icon={<GitCompareArrows />} onSelect={() => compare(version.version_hash, versions[0]?.version_hash ?? "")}>
                          Compare with the latest
                        </MenuItem>
                        <MenuItem icon={<RotateCcw />} onSelect={() => setRestoring(version)}>
                          Restore
                        </MenuItem>
                      </>
                    )}
                  </Menu>
                </div>
              </div>
            </li>
          );
        })}
      </ol>
      {history.hasNextPage && (
        <Button className="mx-auto mt-3 flex" busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          Older versions
        </Button>
      )}
      {editing && <EditVersionDialog version={editing} onClose={() => setEditing(undefined)} />}
      {restoring && <RestoreDialog datasetId={dataset.id} version={restoring} hasDraft={hasDraft} onClose={() => setRestoring(undefined)} />}
    </div>
  );
}
