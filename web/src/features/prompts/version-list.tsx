import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { Badge, Button, ErrorState, Skeleton } from "@/components/ui";
import { EnvironmentBadge } from "@/features/environments/environment-badge";
import { cn } from "@/lib/cn";
import { formatRelative } from "@/lib/format";
import { type PromptVersion, versionLabel, versionsQuery } from "./api";

interface VersionListProps {
  promptId: string;
  activeId: string | undefined;
  onChoose: (id: string) => void;
  className?: string;
}

const ROW_PIXELS = 72;

/** All versions of a prompt, newest first; more are fetched while scrolling. */
export function VersionList({ promptId, activeId, onChoose, className }: VersionListProps) {
  const query = useInfiniteQuery(versionsQuery(promptId));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const versions = useMemo(() => query.data?.pages.flatMap((page) => page.content) ?? [], [query.data]);
  const scroller = useRef<HTMLDivElement>(null);
  // The virtualizer keeps its own state; its functions are new in every render by design.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: versions.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (index) => versions[index]?.id ?? index,
    overscan: 8,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= versions.length - 10 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage, last, versions.length]);

  if (query.isPending) {
    return (
      <div className={cn("flex flex-col gap-4 p-4", className)}>
        {Array.from({ length: 5 }, (_, index) => (
          <Skeleton key={index} className="h-12" />
        ))}
      </div>
    );
  }
  if (query.isError && !query.data) return <ErrorState title="The versions could not be loaded" error={query.error} onRetry={() => void query.refetch()} {...(className ? { className } : {})} />;
  return (
    <nav aria-label="Versions" ref={scroller} className={cn("overflow-y-auto", className)}>
      <ol className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const version = versions[item.index];
          return version ? (
            <li key={item.key} ref={virtualizer.measureElement} data-index={item.index} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${item.start}px)` }}>
              <VersionEntry version={version} isLatest={item.index === 0} isActive={version.id === activeId} onChoose={onChoose} />
            </li>
          ) : null;
        })}
      </ol>
      {isFetchingNextPage && <Skeleton className="m-4 h-10 w-auto" />}
      {query.isFetchNextPageError && (
        <Button className="m-4" onClick={() => void fetchNextPage()}>
          Load more
        </Button>
      )}
    </nav>
  );
}

interface VersionEntryProps {
  version: PromptVersion;
  isLatest: boolean;
  isActive: boolean;
  onChoose: (id: string) => void;
}

function VersionEntry({ version, isLatest, isActive, onChoose }: VersionEntryProps) {
  const label = versionLabel(version);
  return (
    <button
      type="button"
      data-testid={`version-history-item-${label}`}
      aria-current={isActive ? "true" : undefined}
      onClick={() => onChoose(version.id)}
      className={cn(
        "flex w-full flex-col gap-1 border-b border-line/70 px-4 py-2.5 text-start outline-offset-[-2px] transition-colors",
        isActive ? "bg-selected shadow-[inset_3px_0_0_var(--accent)]" : "hover:bg-hover",
      )}
    >
      <span className="flex w-full items-center gap-1.5">
        <span className="font-semibold">{label}</span>
        {isLatest && <Badge>Latest</Badge>}
        <span className="flex-1" />
        <span className="font-mono text-xs text-faint">{version.commit}</span>
      </span>
      {version.change_description && <span className="line-clamp-2 text-sm text-muted">{version.change_description}</span>}
      <span className="truncate text-xs text-faint">
        {version.created_by} · {formatRelative(version.created_at)}
      </span>
      {version.environments.length > 0 && (
        <span className="flex flex-wrap gap-1 pt-0.5">
          {version.environments.map((name) => (
            <EnvironmentBadge key={name} name={name} />
          ))}
        </span>
      )}
    </button>
  );
}
