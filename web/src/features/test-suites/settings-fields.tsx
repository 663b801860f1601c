import { useMemo } from "react";
import type { SuiteSettings } from "@/features/datasets/model";
import { AssertionList } from "./assertion-list";
import { assertionsOf, packAssertions } from "./assertions";
import { PolicyFields } from "./policy-fields";

interface SettingsFieldsProps {
  settings: SuiteSettings;
  onChange: (settings: SuiteSettings) => void;
  readOnly?: boolean;
}

/** What a suite asks of every item: statements and the policy of runs. */
export function SettingsFields({ settings, onChange, readOnly }: SettingsFieldsProps) {
  const assertions = useMemo(() => assertionsOf(settings.evaluators), [settings.evaluators]);
  return (
    <div className="flex flex-col gap-5">
      <section className="flex flex-col gap-1.5">
        <h3 className="text-sm font-medium">Assertions for every item</h3>
        <p className="text-xs text-muted">Statements in plain words. A judge checks each of them on every answer.</p>
        <AssertionList
          label="Assertion"
          assertions={assertions}
          readOnly={readOnly ?? false}
          onChange={(texts) => onChange({ ...settings, evaluators: packAssertions(texts, settings.evaluators) })}
        />
      </section>
      <PolicyFields policy={settings.execution_policy} disabled={readOnly ?? false} onChange={(execution_policy) => onChange({ ...settings, execution_policy })} />
    </div>
  );
}
