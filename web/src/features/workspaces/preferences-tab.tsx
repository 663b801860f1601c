import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useWorkspace } from "@/app/workspace";
import { Button, ErrorState, Field, Input, NativeSelect, Skeleton, Switch, toast } from "@/components/ui";
import { cn } from "@/lib/cn";
import { changeConfiguration, type WorkspaceConfiguration, workspaceConfigurationQuery } from "./api";
import { COOL_DOWN_PRESETS, coolDownProblem, DEFAULT_COOL_DOWN, describeDuration, formatIsoDuration, parseDuration, splitDuration, type Unit, UNITS } from "./durations";

/** Choices that hold for everyone in the workspace; each is saved when it is made. */
export function PreferencesTab() {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const query = workspaceConfigurationQuery(workspace);
  const configuration = useQuery(query);
  const save = useMutation({
    mutationFn: ({ change }: { change: Partial<WorkspaceConfiguration>; done: string }) => changeConfiguration((stored) => ({ ...stored, ...change })),
    onMutate: async ({ change }) => {
      await client.cancelQueries({ queryKey: query.queryKey });
      const before = client.getQueryData(query.queryKey);
      client.setQueryData(query.queryKey, (stored) => (stored ? { ...stored, ...change } : stored));
      return { before };
    },
    onSuccess: (_, { done }) => toast.good(done),
    onError: (error, _, context) => {
      client.setQueryData(query.queryKey, context?.before);
      toast.bad("Could not save the preference", error);
    },
    onSettled: () => client.invalidateQueries({ queryKey: query.queryKey }),
  });
  if (configuration.isPending) {
    return (
      <div className="flex max-w-3xl flex-col gap-4">
        <Skeleton className="h-40" />
        <Skeleton className="h-24" />
      </div>
    );
  }
  if (configuration.isError && !configuration.data) return <ErrorState title="The preferences could not be loaded" error={configuration.error} onRetry={() => void configuration.refetch()} />;
  const stored = configuration.data.timeout_to_mark_thread_as_inactive;
  const coolDown = (stored ? parseDuration(stored) : undefined) ?? DEFAULT_COOL_DOWN;
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <Preference title="Thread cool-down" description="A thread counts as finished when no message has come for this long. A new message opens it again.">
        <CoolDownField
          key={coolDown}
          seconds={coolDown}
          onSave={(seconds) => save.mutate({ change: { timeout_to_mark_thread_as_inactive: formatIsoDuration(seconds) }, done: `Threads close after ${describeDuration(seconds)}` })}
        />
      </Preference>
      <Preference title="Short values in tables" description="Tables show the beginning of long inputs and outputs. Switched off, they carry whole payloads, which makes large tables slow." htmlFor="truncation">
        <div className="flex items-center gap-2.5">
          <Switch
            id="truncation"
            checked={configuration.data.truncation_on_tables}
            onCheckedChange={(checked) => save.mutate({ change: { truncation_on_tables: checked }, done: checked ? "Tables show short values" : "Tables show whole values" })}
          />
          <span className="text-muted">{configuration.data.truncation_on_tables ? "On" : "Off"}</span>
        </div>
      </Preference>
    </div>
  );
}

interface PreferenceProps {
  title: string;
  description: string;
  /** Control that the title is the label of. */
  htmlFor?: string;
  children: ReactNode;
}

function Preference({ title, description, htmlFor, children }: PreferenceProps) {
  return (
    <section className="rounded-lg border border-line bg-surface p-5">
      <h2 className="text-sm font-semibold">{htmlFor ? <label htmlFor={htmlFor}>{title}</label> : title}</h2>
      <p className="mt-0.5 mb-3 max-w-xl text-muted">{description}</p>
      {children}
    </section>
  );
}

interface CoolDownFieldProps {
  seconds: number;
  onSave: (seconds: number) => void;
}

function CoolDownField({ seconds, onSave }: CoolDownFieldProps) {
  const isPreset = COOL_DOWN_PRESETS.includes(seconds);
  const [isCustom, setIsCustom] = useState(!isPreset);
  const [amount, setAmount] = useState(String(splitDuration(seconds).amount));
  const [unit, setUnit] = useState<Unit>(splitDuration(seconds).unit);
  const total = amount.trim() === "" ? Number.NaN : Number(amount) * UNITS[unit];
  const problem = coolDownProblem(total);
  const options = [...COOL_DOWN_PRESETS.map((preset) => ({ preset, label: describeDuration(preset) })), { preset: undefined, label: "Custom" }];
  return (
    <>
      <div role="radiogroup" aria-label="Thread cool-down" className="flex flex-wrap gap-1.5">
        {options.map(({ preset, label }) => {
          const isOn = preset === undefined ? isCustom : !isCustom && preset === seconds;
          return (
            <button
              key={label}
              type="button"
              role="radio"
              aria-checked={isOn}
              className={cn("h-8 rounded-md border px-3 text-sm transition-colors", isOn ? "border-accent bg-accent-soft font-medium text-accent" : "border-line-strong/70 bg-surface hover:bg-hover")}
              onClick={() => {
                setIsCustom(preset === undefined);
                if (preset !== undefined && preset !== seconds) onSave(preset);
              }}
            >
              {label}
              {preset === DEFAULT_COOL_DOWN && <span className={cn("ms-1.5 text-xs", isOn ? "" : "text-faint")}>default</span>}
            </button>
          );
        })}
      </div>
      {isCustom && (
        <form
          className="mt-3 flex flex-wrap items-start gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (!problem) onSave(total);
          }}
        >
          <Field label="Close threads after" error={amount.trim() === "" ? undefined : problem} hint="At most 7 days" className="w-64">
            {(control) => (
              <div className="flex gap-1.5">
                <Input {...control} type="number" min={1} step={1} value={amount} onChange={(event) => setAmount(event.target.value)} />
                <NativeSelect
                  aria-label="Unit"
                  value={unit}
                  onChange={(event) => {
                    const next = (["seconds", "minutes", "hours", "days"] as const).find((name) => name === event.target.value);
                    if (next) setUnit(next);
                  }}
                >
                  {Object.keys(UNITS).map((name) => (
                    <option key={name}>{name}</option>
                  ))}
                </NativeSelect>
              </div>
            )}
          </Field>
          <Button type="submit" variant="primary" className="mt-6" disabled={problem !== undefined || total === seconds}>
            Save
          </Button>
        </form>
      )}
    </>
  );
}
