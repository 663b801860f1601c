import { useMemo } from "react";
import { Switch } from "@/components/ui";
import type { ItemEdit } from "@/features/datasets/drafts/draft";
import type { DatasetItem, SuiteSettings } from "@/features/datasets/model";
import { AssertionList } from "./assertion-list";
import { assertionsOf, packAssertions, policyText } from "./assertions";
import { PolicyFields } from "./policy-fields";

interface ItemOverridesProps {
  item: DatasetItem;
  settings: SuiteSettings;
  onChange: (edit: ItemEdit) => void;
  readOnly: boolean;
}

/** What is asked of one item: the statements of the suite, its own ones, and the policy of its runs. */
export function ItemOverrides({ item, settings, onChange, readOnly }: ItemOverridesProps) {
  const inherited = useMemo(() => assertionsOf(settings.evaluators), [settings.evaluators]);
  const own = useMemo(() => assertionsOf(item.evaluators), [item.evaluators]);
  const policy = item.execution_policy;
  return (
    <section aria-label="Assertions" className="flex flex-col gap-3 border-t border-line pt-4">
      <h3 className="text-sm font-semibold">Assertions</h3>
      {inherited.length > 0 && (
        <div className="flex flex-col gap-1.5">
          <p className="text-xs text-muted">From the suite</p>
          <AssertionList label="Assertion of the suite" assertions={inherited} onChange={() => undefined} readOnly />
        </div>
      )}
      <div className="flex flex-col gap-1.5">
        <p className="text-xs text-muted">Only for this item</p>
        <AssertionList label="Assertion" assertions={own} readOnly={readOnly} onChange={(texts) => onChange({ evaluators: packAssertions(texts, item.evaluators) })} />
      </div>
      <div className="flex min-h-8 items-center gap-2 pt-1">
        <Switch
          id="own-policy"
          label="Own policy of runs"
          disabled={readOnly}
          checked={policy !== null && policy !== undefined}
          onCheckedChange={(isOwn) => onChange({ execution_policy: isOwn ? settings.execution_policy : null })}
        />
        <label htmlFor="own-policy">Own policy of runs</label>
        {!policy && <span className="text-muted">Suite: {policyText(settings.execution_policy)}</span>}
      </div>
      {policy && <PolicyFields policy={policy} disabled={readOnly} onChange={(execution_policy) => onChange({ execution_policy })} />}
    </section>
  );
}
