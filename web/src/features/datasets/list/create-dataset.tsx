import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import { type SubmitEvent, useState } from "react";
import { isConflict, messageOf } from "@/api/errors";
import { Button, IconButton, Segmented, Sheet, toast } from "@/components/ui";
import { useProject } from "@/features/projects/project-context";
import { SettingsFields } from "@/features/test-suites/settings-fields";
import { commitChanges, createDataset, DATASETS_KEY } from "../api";
import { settingsOf } from "../drafts/draft";
import { type DatasetKind, DEFAULT_POLICY, type SuiteSettings } from "../model";
import { SnippetView } from "../snippet-view";
import { FileField } from "../transfers/file-field";
import { uploadProblem } from "../transfers/upload";
import { startUpload } from "../transfers/upload-store";
import { useKindPaths } from "../use-kind-path";
import { type DatasetFields, DatasetForm } from "./dataset-form";

interface CreateDatasetProps {
  kind: DatasetKind;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Makes a dataset: empty, from a file, or says how to make one in code. */
export function CreateDataset({ kind, open, onOpenChange }: CreateDatasetProps) {
  return (
    <Sheet open={open} onOpenChange={onOpenChange} label={`New ${kind.one}`} className="max-w-xl">
      <CreateForm kind={kind} onClose={() => onOpenChange(false)} />
    </Sheet>
  );
}

type Start = "file" | "empty" | "code";

function CreateForm({ kind, onClose }: { kind: DatasetKind; onClose: () => void }) {
  const project = useProject();
  const navigate = useNavigate();
  const client = useQueryClient();
  const paths = useKindPaths(kind);
  const isSuite = kind.type === "evaluation_suite";
  const [start, setStart] = useState<Start>(isSuite ? "empty" : "file");
  const [fields, setFields] = useState<DatasetFields>({ name: "", description: "", tags: [] });
  const [settings, setSettings] = useState<SuiteSettings>({ evaluators: [], execution_policy: DEFAULT_POLICY });
  const [file, setFile] = useState<File>();
  const [isBusy, setIsBusy] = useState(false);
  const [nameError, setNameError] = useState<string>();
  const hasFile = start === "file" && file !== undefined;
  const isReady = fields.name.trim() !== "" && (start === "empty" || (file !== undefined && uploadProblem(file) === undefined));

  const chooseFile = (chosen: File | undefined) => {
    setFile(chosen);
    if (chosen && fields.name.trim() === "") setFields({ ...fields, name: chosen.name.replace(/\.[^.]+$/, "") });
  };
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!isReady) return;
    setIsBusy(true);
    try {
      const id = await createDataset({ name: fields.name.trim(), description: fields.description.trim(), tags: fields.tags, type: kind.type, projectId: project.id });
      if (isSuite) await commitChanges(id, { ...settingsOf(settings), change_description: "Suite created" }, true);
      if (hasFile) void startUpload(id, file);
      await client.invalidateQueries({ queryKey: [DATASETS_KEY, "list"] });
      void navigate({ to: paths.items(id) });
    } catch (error) {
      setIsBusy(false);
      if (isConflict(error)) setNameError(messageOf(error));
      else toast.bad(`The ${kind.one} could not be created`, error);
    }
  };
  return (
    <form className="flex min-h-0 flex-1 flex-col" onSubmit={(event) => void create(event)} data-testid={`create-${isSuite ? "test_suite" : "dataset"}-sidebar`}>
      <header className="flex h-12 shrink-0 items-center justify-between border-b border-line ps-5 pe-3">
        <h2 className="text-base font-semibold">New {kind.one}</h2>
        <IconButton label="Close" onClick={onClose}>
          <X />
        </IconButton>
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto p-5">
        <Segmented
          label="Start with"
          className="self-start"
          value={start}
          onValueChange={setStart}
          options={[
            { value: "file", label: "From a file" },
            { value: "empty", label: "Empty" },
            { value: "code", label: "From code" },
          ]}
        />
        {start === "file" && <FileField file={file} onFileChange={chooseFile} />}
        <DatasetForm
          fields={fields}
          onChange={(next) => {
            setFields(next);
            setNameError(undefined);
          }}
          nameError={nameError}
        />
        {isSuite && start !== "code" && <SettingsFields settings={settings} onChange={setSettings} />}
        {start === "code" && (
          <div className="flex flex-col gap-1.5">
            <p className="text-sm font-medium">Run this with the SDK</p>
            <SnippetView kind={kind} name={fields.name.trim() || `My ${kind.one}`} projectName={project.name} tasks={["insert"]} />
          </div>
        )}
      </div>
      <footer className="flex shrink-0 items-center justify-end gap-2 border-t border-line px-5 py-3">
        <Button onClick={onClose}>{start === "code" ? "Done" : "Cancel"}</Button>
        {start !== "code" && (
          <Button type="submit" variant="primary" busy={isBusy} disabled={!isReady}>
            {hasFile ? "Create and upload" : `Create ${kind.one}`}
          </Button>
        )}
      </footer>
    </form>
  );
}
