import { formatCount, plural } from "@/lib/format";
import type { DatasetVersion } from "../model";

/** What a version changed against the one before: `+2 ~1 −3`. */
export function VersionSummary({ version }: { version: DatasetVersion }) {
  const { items_added: added, items_modified: modified, items_deleted: deleted } = version;
  if (added + modified + deleted === 0) return <span className="text-faint">No items changed</span>;
  const label = `${plural(added, "item")} added, ${formatCount(modified)} changed, ${formatCount(deleted)} deleted`;
  return (
    <span role="img" aria-label={label} title={label} className="tabular inline-flex gap-2 font-mono text-xs">
      {added > 0 && <span className="text-good">+{formatCount(added)}</span>}
      {modified > 0 && <span className="text-warn">~{formatCount(modified)}</span>}
      {deleted > 0 && <span className="text-bad">−{formatCount(deleted)}</span>}
    </span>
  );
}
