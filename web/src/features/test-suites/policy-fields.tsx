import { Field, Input } from "@/components/ui";
import type { ExecutionPolicy } from "@/features/datasets/model";
import { checkedPolicy, MAX_RUNS } from "./assertions";

interface PolicyFieldsProps {
  policy: ExecutionPolicy;
  onChange: (policy: ExecutionPolicy) => void;
  disabled?: boolean;
}

/** How often each item is run, and how many runs have to pass. */
export function PolicyFields({ policy, onChange, disabled }: PolicyFieldsProps) {
  const set = (change: Partial<ExecutionPolicy>) => onChange(checkedPolicy({ ...policy, ...change }));
  return (
    <div className="grid grid-cols-2 gap-3">
      <Field label="Runs per item">
        {(control) => (
          <Input {...control} type="number" min={1} max={MAX_RUNS} disabled={disabled} value={policy.runs_per_item} onChange={(event) => set({ runs_per_item: event.target.valueAsNumber })} />
        )}
      </Field>
      <Field label="Runs that have to pass">
        {(control) => (
          <Input {...control} type="number" min={1} max={policy.runs_per_item} disabled={disabled} value={policy.pass_threshold} onChange={(event) => set({ pass_threshold: event.target.valueAsNumber })} />
        )}
      </Field>
    </div>
  );
}
