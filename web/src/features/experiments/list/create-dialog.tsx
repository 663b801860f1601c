import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { sdkUrl } from "@/api/client";
import { CodeEditor } from "@/components/code-editor";
import { Button } from "@/components/ui/button";
import { Checkbox, Segmented } from "@/components/ui/choice";
import { Combobox } from "@/components/ui/combobox";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { datasetChoicesQuery } from "../api";
import { METRIC_CHOICES, pythonSnippet, typescriptSnippet } from "../model/snippets";

interface CreateDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  workspace: string;
  project: { id: string; name: string };
  /** Dataset that is chosen at first. */
  suggested: string | undefined;
}

/** Writes the code that runs a new experiment. */
export function CreateDialog({ open, onOpenChange, workspace, project, suggested }: CreateDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      width="xl"
      title="New experiment"
      description="An experiment runs your code over a dataset and scores what comes out. Choose both and copy the code."
      footer={<Button onClick={() => onOpenChange(false)}>Close</Button>}
    >
      {open && <Generator workspace={workspace} project={project} suggested={suggested} />}
    </Dialog>
  );
}

function Generator({ workspace, project, suggested }: Pick<CreateDialogProps, "workspace" | "project" | "suggested">) {
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [metrics, setMetrics] = useState<readonly string[]>(["Equals"]);
  const [language, setLanguage] = useState<"python" | "typescript">("python");
  const { data } = useQuery(datasetChoicesQuery(project.id, search));
  const datasets = (data?.content ?? []).filter(({ type }) => type === "dataset");
  const dataset = chosen ?? suggested ?? datasets[0]?.name ?? "my dataset";
  const input = { url: sdkUrl(), workspace, project: project.name, dataset, metrics };
  const code = language === "python" ? pythonSnippet(input) : typescriptSnippet(input);
  return (
    <div className="grid gap-5 md:grid-cols-[17rem_minmax(0,1fr)]">
      <div className="flex flex-col gap-4">
        <Field label="Dataset">
          {({ id }) => (
            <Combobox id={id} label="Dataset" value={dataset} onValueChange={setChosen} onSearch={setSearch} className="w-full" options={datasets.map(({ name, dataset_items_count }) => ({ value: name, label: name, hint: dataset_items_count }))} allowCustom />
          )}
        </Field>
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-sm font-medium">Metrics</legend>
          {METRIC_CHOICES.filter(({ typescript }) => language === "python" || typescript).map(({ name, typescript, hint, isJudge }) => (
            <label key={name} className="flex cursor-pointer items-start gap-2 rounded-md px-1.5 py-1 hover:bg-hover">
              <Checkbox className="mt-0.5" checked={metrics.includes(name)} label={name} onCheckedChange={(checked) => setMetrics(checked ? [...metrics, name] : metrics.filter((other) => other !== name))} />
              <span className="min-w-0">
                <span className="block text-sm">
                  {language === "python" ? name : typescript} {isJudge && <span className="text-xs text-faint">LLM judge</span>}
                </span>
                <span className="block text-xs text-muted">{hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
      </div>
      <div className="flex min-w-0 flex-col gap-2">
        <div className="flex items-center justify-between">
          <Segmented
            label="Language"
            value={language}
            onValueChange={setLanguage}
            options={[
              { value: "python", label: "Python" },
              { value: "typescript", label: "TypeScript" },
            ]}
          />
          <CopyButton text={code} label="Copy the code" size="md" variant="secondary" />
        </div>
        <CodeEditor label="Code of the experiment" value={code} readOnly language={language === "python" ? "python" : "text"} lineNumbers={false} height="28rem" />
      </div>
    </div>
  );
}
