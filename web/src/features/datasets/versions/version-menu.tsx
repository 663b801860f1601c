import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { Button, Menu, MenuLabel, MenuRadio } from "@/components/ui";
import { formatRelative } from "@/lib/format";
import { DATASETS_KEY, fetchVersions } from "../api";
import type { Dataset } from "../model";

interface VersionMenuProps {
  dataset: Dataset;
  /** Hash of an old version; missing for the latest. */
  version: string | undefined;
  onVersionChange: (version: string | undefined) => void;
  disabled?: boolean;
}

/** Newest versions that the menu offers; all are in the history. */
const OFFERED = 20;

/** Says which version is shown and offers others. */
export function VersionMenu({ dataset, version, onVersionChange, disabled }: VersionMenuProps) {
  const latest = dataset.latest_version;
  const { data } = useQuery({
    queryKey: [DATASETS_KEY, "versions", dataset.id, "offered", latest?.id ?? ""],
    queryFn: ({ signal }) => fetchVersions(dataset.id, 1, OFFERED, signal),
    enabled: latest !== undefined && latest !== null,
  });
  if (!latest) return null;
  const shown = version ? data?.content.find((candidate) => candidate.version_hash === version) : undefined;
  const name = version ? (shown?.version_name ?? version) : latest.version_name;
  return (
    <Menu
      align="start"
      className="w-80"
      trigger={
        <Button size="sm" disabled={disabled ?? false} aria-label={`Version ${name}`}>
          <span data-testid="dataset-detail-version-label">{name}</span>
          {!version && <span className="font-normal text-muted">latest</span>}
          <ChevronDown />
        </Button>
      }
    >
      <MenuLabel>Versions</MenuLabel>
      <MenuRadio
        value={version ?? latest.version_hash}
        onValueChange={(hash) => onVersionChange(hash === latest.version_hash ? undefined : hash)}
        options={(data?.content ?? []).map(
          (candidate) =>
            [
              candidate.version_hash,
              <span key={candidate.id} className="flex items-center gap-2">
                <span className="w-8 shrink-0 font-medium">{candidate.version_name}</span>
                <span className="min-w-0 flex-1 truncate text-muted">{candidate.change_description ?? ""}</span>
                <span className="shrink-0 text-xs text-faint">{formatRelative(candidate.created_at)}</span>
              </span>,
            ] as const,
        )}
      />
    </Menu>
  );
}
