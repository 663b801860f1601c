import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, ArrowLeftRight, ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { JsonDiff, TextDiff } from "@/components/diff";
import { Badge, Button, EmptyState, ErrorState, IconButton, NativeSelect, Skeleton } from "@/components/ui";
import { cn } from "@/lib/cn";
import { formatCount, plural } from "@/lib/format";
import { DATASETS_KEY, streamItems } from "../api";
import { previewOf } from "../items/json";
import type { Dataset, DatasetItem, DatasetVersion } from "../model";
import { compareItems, type FieldChange, type ItemChange } from "./diff";

/** Differences that are kept to be shown; all are counted. */
const MAX_SHOWN = 500;

/** Rows that are drawn at once. */
const STEP = 50;

type Shown = Exclude<ItemChange, { kind: "same" }>;

interface Difference {
  changes: Shown[];
  counts: Record<ItemChange["kind"], number>;
}

interface VersionDiffProps {
  dataset: Dataset;
  projectName: string;
  versions: readonly DatasetVersion[];
  /** Hashes of both versions. */
  from: string;
  to: string;
  onCompare: (from: string, to: string) => void;
  onClose: () => void;
}

/** What differs between two versions, item by item and field by field. */
export function VersionDiff({ dataset, projectName, versions, from, to, onCompare, onClose }: VersionDiffProps) {
  const difference = useQuery({
    queryKey: [DATASETS_KEY, "diff", dataset.id, from, to],
    queryFn: async ({ signal }): Promise<Difference> => {
      const stream = (version: string) => streamItems({ datasetName: dataset.name, projectName, version, signal });
      const result: Difference = { changes: [], counts: { added: 0, removed: 0, changed: 0, same: 0 } };
      for await (const change of compareItems(stream(from), stream(to))) {
        result.counts[change.kind] += 1;
        if (change.kind !== "same" && result.changes.length < MAX_SHOWN) result.changes.push(change);
      }
      return result;
    },
    staleTime: 60_000,
  });
  const nameOf = (hash: string) => versions.find((version) => version.version_hash === hash)?.version_name ?? hash;
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4 p-6 max-md:p-3">
      <div className="flex flex-wrap items-center gap-2">
        <IconButton label="Back to the history" onClick={onClose}>
          <ArrowLeft />
        </IconButton>
        <h2 className="text-base font-semibold">Changes</h2>
        <VersionSelect label="From" value={from} versions={versions} onChange={(hash) => onCompare(hash, to)} />
        <IconButton label="Swap both versions" onClick={() => onCompare(to, from)}>
          <ArrowLeftRight />
        </IconButton>
        <VersionSelect label="To" value={to} versions={versions} onChange={(hash) => onCompare(from, hash)} />
      </div>
      {difference.isError ? (
        <ErrorState title="The versions could not be compared" error={difference.error} onRetry={() => void difference.refetch()} />
      ) : difference.isPending ? (
        <div role="status" aria-label="Comparing" className="flex flex-col gap-3">
          <Skeleton className="w-72" />
          <Skeleton className="h-24" />
          <Skeleton className="h-24" />
        </div>
      ) : (
        <Changes difference={difference.data} names={[nameOf(from), nameOf(to)]} />
      )}
    </div>
  );
}

interface VersionSelectProps {
  label: string;
  value: string;
  versions: readonly DatasetVersion[];
  onChange: (hash: string) => void;
}

function VersionSelect({ label, value, versions, onChange }: VersionSelectProps) {
  return (
    <NativeSelect aria-label={label} value={value} onChange={(event) => onChange(event.target.value)} className="w-auto max-w-60">
      {!versions.some((version) => version.version_hash === value) && <option value={value}>{value}</option>}
      {versions.map((version) => (
        <option key={version.id} value={version.version_hash}>
          {version.version_name}
          {version.change_description ? ` · ${version.change_description}` : ""}
        </option>
      ))}
    </NativeSelect>
  );
}

function Changes({ difference: { changes, counts }, names }: { difference: Difference; names: readonly [string, string] }) {
  const [shown, setShown] = useState(STEP);
  const total = counts.added + counts.removed + counts.changed;
  if (total === 0) return <EmptyState title="No items differ">{`${plural(counts.same, "item")} are the same in ${names[0]} and ${names[1]}.`}</EmptyState>;
  return (
    <>
      <p className="flex flex-wrap gap-x-4" data-testid="version-diff-counts">
        <span className="text-good">{formatCount(counts.added)} added</span>
        <span className="text-warn">{formatCount(counts.changed)} changed</span>
        <span className="text-bad">{formatCount(counts.removed)} deleted</span>
        <span className="text-muted">{formatCount(counts.same)} unchanged</span>
      </p>
      <ul className="flex flex-col gap-2">
        {changes.slice(0, shown).map((change) => (
          <li key={change.id}>
            <ChangeCard change={change} names={names} />
          </li>
        ))}
      </ul>
      {changes.length > shown && (
        <Button className="self-center" onClick={() => setShown(shown + STEP)}>
          Show more
        </Button>
      )}
      {total > changes.length && <p className="text-center text-muted">The first {formatCount(changes.length)} of {formatCount(total)} differences are shown.</p>}
    </>
  );
}

const KINDS = {
  added: { label: "Added", tone: "good" },
  removed: { label: "Deleted", tone: "bad" },
  changed: { label: "Changed", tone: "warn" },
} as const;

function ChangeCard({ change, names }: { change: Shown; names: readonly [string, string] }) {
  const [isOpen, setIsOpen] = useState(change.kind === "changed");
  const { label, tone } = KINDS[change.kind];
  const item = change.kind === "removed" ? change.before : change.after;
  return (
    <article className="overflow-hidden rounded-lg border border-line bg-surface">
      <button type="button" aria-expanded={isOpen} className="flex w-full items-center gap-2.5 px-3 py-2 text-start hover:bg-hover" onClick={() => setIsOpen(!isOpen)}>
        <ChevronRight className={cn("size-4 shrink-0 text-faint transition-transform", isOpen && "rotate-90")} />
        <Badge tone={tone}>{label}</Badge>
        <span className="min-w-0 flex-1 truncate">{titleOf(item)}</span>
        {change.kind === "changed" && <span className="shrink-0 text-xs text-muted">{plural(change.fields.length, "field")}</span>}
        <span className="shrink-0 font-mono text-xs text-faint max-md:hidden">{change.id.slice(-12)}</span>
      </button>
      {isOpen && (
        <div className="flex flex-col gap-4 border-t border-line p-3">
          {change.kind === "changed" ? change.fields.map((field) => <FieldDiff key={`${field.isData}:${field.field}`} change={field} names={names} />) : <WholeItem item={item} isAdded={change.kind === "added"} />}
        </div>
      )}
    </article>
  );
}

/** The longest text of an item's first fields says best which one it is. */
function titleOf(item: DatasetItem): string {
  const texts = Object.values(item.data).slice(0, 4);
  return previewOf(texts.find((value) => typeof value === "string") ?? texts[0], 200);
}

function FieldName({ children }: { children: ReactNode }) {
  return <h3 className="mb-1 font-mono text-xs font-medium text-muted">{children}</h3>;
}

function FieldDiff({ change, names }: { change: FieldChange; names: readonly [string, string] }) {
  const { before, after } = change;
  const isText = (value: unknown) => value === undefined || typeof value === "string";
  return (
    <section aria-label={change.field}>
      <FieldName>
        {change.field}
        {!("before" in change) && <span className="ms-2 text-good">new field</span>}
        {!("after" in change) && <span className="ms-2 text-bad">removed field</span>}
      </FieldName>
      {isText(before) && isText(after) ? (
        <TextDiff before={(before) ?? ""} after={(after) ?? ""} beforeLabel={names[0]} afterLabel={names[1]} />
      ) : (
        <JsonDiff before={before} after={after} beforeLabel={names[0]} afterLabel={names[1]} />
      )}
    </section>
  );
}

/** Characters of a value that are shown of an item that is there on one side only. */
const VALUE_CHARS = 2000;

function WholeItem({ item, isAdded }: { item: DatasetItem; isAdded: boolean }) {
  return Object.entries(item.data).map(([key, value]) => (
    <section key={key} aria-label={key}>
      <FieldName>{key}</FieldName>
      <p className={cn("rounded-md px-2.5 py-1.5 break-words whitespace-pre-wrap", isAdded ? "bg-good-soft" : "bg-bad-soft")}>{typeof value === "string" ? value.slice(0, VALUE_CHARS) : previewOf(value, VALUE_CHARS)}</p>
    </section>
  ));
}
