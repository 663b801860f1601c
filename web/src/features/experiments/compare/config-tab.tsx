import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { TextDiff } from "@/components/diff";
import { Button } from "@/components/ui/button";
import { Switch } from "@/components/ui/choice";
import { Dialog } from "@/components/ui/dialog";
import { SearchInput } from "@/components/ui/search-input";
import { EmptyState, NoMatches, Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { flagCodec, textCodec, useUrlState } from "@/lib/url-state";
import { promptLink } from "../links";
import { configRows } from "../model/metadata";
import type { Contender } from "./comparison";
import { ContenderTable } from "./contender-table";

interface ConfigTabProps {
  workspace: string;
  projectId: string;
  contenders: readonly Contender[];
  isLoading: boolean;
}

/** Longer values, and values of several lines, are compared as texts. */
const LONG_TEXT = 160;

const isLong = (text: string | undefined) => text !== undefined && (text.length > LONG_TEXT || text.includes("\n"));

/** Configurations of the experiments side by side. */
export function ConfigTab({ workspace, projectId, contenders, isLoading }: ConfigTabProps) {
  const [search, setSearch] = useUrlState("searchConfig", textCodec, "");
  const [onlyDifferent, setOnlyDifferent] = useUrlState("differences", flagCodec, false);
  const [compared, setCompared] = useState<{ key: string; place: number } | undefined>(undefined);
  const rows = useMemo(() => configRows(contenders.map(({ experiment }) => experiment?.metadata)), [contenders]);
  const wanted = search.trim().toLowerCase();
  const shown = rows.filter((row) => (!onlyDifferent || row.isDifferent) && (wanted === "" || row.key.toLowerCase().includes(wanted) || row.values.some((value) => value?.toLowerCase().includes(wanted))));
  const different = rows.filter((row) => row.isDifferent).length;
  const isComparison = contenders.length > 1;
  const comparedRow = compared && rows.find(({ key }) => key === compared.key);
  if (isLoading) return <Skeleton className="m-4 h-64 w-auto" />;
  return (
    <div className="flex flex-col gap-3 p-4">
      <div className="flex flex-wrap items-center gap-4">
        <SearchInput label="Search configuration" value={search} onValueChange={setSearch} />
        {isComparison && (
          <label className="inline-flex items-center gap-2 text-sm">
            <Switch checked={onlyDifferent} onCheckedChange={setOnlyDifferent} />
            Only differences <span className="tabular text-faint">{different}</span>
          </label>
        )}
      </div>
      <ContenderTable
        label="Configuration"
        head="Key"
        contenders={contenders}
        footer={
          rows.length === 0 ? (
            <EmptyState title="No configuration">Pass `experiment_config` to `evaluate` to record the model, its parameters and whatever else you vary.</EmptyState>
          ) : (
            shown.length === 0 && (onlyDifferent && wanted === "" ? <EmptyState title="No differences">The configurations are the same.</EmptyState> : <NoMatches what="keys" onClear={() => setSearch("")} />)
          )
        }
      >
        <tr>
          <th scope="row" className="text-muted">
            Prompts
          </th>
          {contenders.map(({ id, experiment }) => (
            <td key={id}>
              {(experiment?.prompt_versions ?? []).length === 0 ? (
                <span className="text-faint">None</span>
              ) : (
                <ul className="flex flex-col gap-0.5">
                  {experiment?.prompt_versions?.map((version) => (
                    <li key={version.id}>
                      <Link {...promptLink(workspace, experiment.project_id ?? projectId, version.prompt_id, version.id)} className="text-accent hover:underline">
                        {version.prompt_name} <span className="tabular">{version.version_number ?? version.commit}</span>
                      </Link>
                    </li>
                  ))}
                </ul>
              )}
            </td>
          ))}
        </tr>
        {shown.map((row) => (
          <tr key={row.key}>
            <th scope="row" className="font-mono text-xs break-all text-muted">
              {row.isDifferent && isComparison && (
                <span className="me-1.5 font-sans font-semibold text-accent" title="Differs">
                  ≠<span className="sr-only">differs: </span>
                </span>
              )}
              {row.key}
            </th>
            {row.values.map((value, place) => {
              const isOther = place > 0 && value !== row.values[0];
              return (
                <td key={contenders[place]?.id} className={cn(isOther && "bg-accent-soft/60")}>
                  {value === undefined ? (
                    <span className="text-faint">Not set</span>
                  ) : (
                    <div className={cn("max-h-48 overflow-y-auto font-mono text-xs break-words whitespace-pre-wrap", place > 0 && !isOther && "text-faint")}>{value}</div>
                  )}
                  {isOther && (isLong(value) || isLong(row.values[0])) && (
                    <Button size="xs" variant="link" className="mt-1" onClick={() => setCompared({ key: row.key, place })}>
                      Show the difference
                    </Button>
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </ContenderTable>
      <Dialog open={comparedRow !== undefined} onOpenChange={() => setCompared(undefined)} width="xl" title={compared?.key ?? ""}>
        {comparedRow && (
          <TextDiff before={comparedRow.values[0] ?? ""} after={comparedRow.values[compared.place] ?? ""} beforeLabel={contenders[0]?.name ?? "Baseline"} afterLabel={contenders[compared.place]?.name ?? ""} />
        )}
      </Dialog>
    </div>
  );
}
