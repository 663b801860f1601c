import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { Button, Checkbox, Combobox, Dialog, Segmented, Switch, toast } from "@/components/ui";
import { projectListQuery } from "@/features/projects/api";
import { cn } from "@/lib/cn";
import { formatDay } from "@/lib/format";
import { createRule } from "./api";
import { cutoffOf, PERIODS, type RetentionPeriod, type RetentionRule } from "./rules";

interface RuleDialogProps {
  rules: readonly RetentionRule[];
  onClose: () => void;
}

/** Makes a retention rule, and says before what it will delete. */
export function RuleDialog({ rules, onClose }: RuleDialogProps) {
  const client = useQueryClient();
  const [scope, setScope] = useState<"workspace" | "project">("workspace");
  const [project, setProject] = useState<{ id: string; name: string }>();
  const [search, setSearch] = useState("");
  const [retention, setRetention] = useState<RetentionPeriod>("base_60d");
  const [applyToPast, setApplyToPast] = useState(true);
  const [isUnderstood, setIsUnderstood] = useState(false);
  const projects = useQuery(projectListQuery(search));
  const cutoff = cutoffOf(retention, new Date());
  const subject = scope === "workspace" ? "every project without a rule of its own" : (project?.name ?? "the project");
  const replaced = rules.some((rule) => rule.enabled && (scope === "workspace" ? rule.level === "workspace" : rule.project_id === project?.id));
  const isReady = (scope === "workspace" || project !== undefined) && (cutoff === undefined || isUnderstood);
  const create = useMutation({
    mutationFn: () => createRule({ projectId: scope === "project" ? project?.id : undefined, retention, applyToPast }),
    onSuccess: () => {
      toast.good("Retention rule made");
      onClose();
    },
    onError: (error) => toast.bad("Could not make the rule", error),
    onSettled: () => client.invalidateQueries({ queryKey: ["retention"] }),
  });
  const change = (act: () => void) => {
    act();
    setIsUnderstood(false);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="New retention rule"
      description="Deletes traces by themselves when they get old."
      width="md"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant={cutoff ? "danger" : "primary"} disabled={!isReady} busy={create.isPending} onClick={() => create.mutate()}>
            {cutoff ? "Delete old traces from now on" : "Keep everything"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-5">
        <div className="flex flex-col items-start gap-1.5">
          <span className="text-sm font-medium">What it is about</span>
          <Segmented
            label="What it is about"
            value={scope}
            onValueChange={(next) => change(() => setScope(next))}
            options={[
              { value: "workspace", label: "The workspace" },
              { value: "project", label: "One project" },
            ]}
          />
          {scope === "project" && (
            <Combobox
              label="Projects"
              placeholder="Choose a project"
              className="w-72"
              value={project?.id}
              options={(projects.data?.content ?? []).flatMap(({ id, name }) => (id ? [{ value: id, label: name }] : []))}
              onSearch={setSearch}
              onValueChange={(id) => change(() => setProject({ id, name: projects.data?.content.find((candidate) => candidate.id === id)?.name ?? id }))}
            />
          )}
        </div>
        <div className="flex flex-col gap-1.5">
          <span className="text-sm font-medium">How long traces are kept</span>
          <div role="radiogroup" aria-label="How long traces are kept" className="grid grid-cols-2 gap-2 sm:grid-cols-4">
            {PERIODS.map(({ value, label }) => (
              <button
                key={value}
                type="button"
                role="radio"
                aria-checked={retention === value}
                onClick={() => change(() => setRetention(value))}
                className={cn("rounded-md border px-2 py-2.5 text-sm", retention === value ? "border-accent bg-accent-soft font-medium text-accent" : "border-line-strong/70 bg-surface hover:bg-hover")}
              >
                {label}
              </button>
            ))}
          </div>
        </div>
        {cutoff && (
          <label className="flex items-start gap-3">
            <span className="mt-0.5">
              <Switch checked={applyToPast} onCheckedChange={(next) => change(() => setApplyToPast(next))} label="Also delete what is too old already" />
            </span>
            <span>
              <span className="font-medium">Also delete what is too old already</span>
              <span className="block text-muted">Switched off, traces that are older today stay for ever.</span>
            </span>
          </label>
        )}
        <div className={cn("rounded-lg border p-3.5", cutoff ? "border-transparent bg-warn-soft" : "border-line bg-sunken")}>
          <p className={cn("mb-1 flex items-center gap-2 font-medium", cutoff && "text-warn")}>
            {cutoff && <TriangleAlert className="size-4" />} What happens
          </p>
          {cutoff ? (
            <ul className="list-disc space-y-1 ps-5">
              <li>
                {applyToPast ? (
                  <>
                    Within half an hour, traces of {subject} from before {formatDay(cutoff)} {cutoff.getUTCFullYear()} (UTC) are deleted, and every day those that get too old.
                  </>
                ) : (
                  <>From now on, every day the traces of {subject} that get too old are deleted.</>
                )}
              </li>
              <li>Their spans, scores, comments and files go with them, and threads that are left without traces. Nobody can bring them back.</li>
              <li>Traces that experiments refer to stay.</li>
            </ul>
          ) : (
            <p>Nothing of {subject} is deleted by age{scope === "project" ? ", whatever the rule of the workspace says" : ""}.</p>
          )}
          {replaced && <p className="mt-2">It takes the place of the rule that is in force now.</p>}
        </div>
        {cutoff && (
          <label className="flex items-center gap-2.5">
            <Checkbox checked={isUnderstood} onCheckedChange={setIsUnderstood} label="I understand that deleted traces are gone" />
            <span aria-hidden>I understand that deleted traces are gone</span>
          </label>
        )}
      </div>
    </Dialog>
  );
}
