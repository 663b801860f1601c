import { useState } from "react";
import { sdkUrl } from "@/api/client";
import { CodeEditor } from "@/components/code-editor";
import { CopyButton, Segmented } from "@/components/ui";
import { useStoredState } from "@/lib/stored-state";
import type { DatasetKind } from "./model";
import { pythonSnippet, type SnippetTask, typescriptSnippet } from "./snippets";

interface SnippetViewProps {
  kind: DatasetKind;
  name: string;
  projectName: string;
  version?: string | undefined;
  /** What can be chosen; with one there is no choice. */
  tasks: readonly SnippetTask[];
}

const TASKS: Record<SnippetTask, string> = { read: "Read items", experiment: "Run an experiment", insert: "Insert items" };

/** Code that works with a dataset, ready to copy. */
export function SnippetView({ kind, name, projectName, version, tasks }: SnippetViewProps) {
  const [language, setLanguage] = useStoredState<string>("snippet-language", "python");
  const [task, setTask] = useState<SnippetTask>(tasks[0] ?? "read");
  const subject = { name, projectName, version, url: sdkUrl() };
  const isPython = language !== "typescript";
  const code = isPython ? pythonSnippet(kind, task, subject) : typescriptSnippet(kind, task, subject);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        {tasks.length > 1 && (
          <Segmented label="Purpose" value={task} onValueChange={setTask} options={tasks.map((value) => ({ value, label: kind.type === "evaluation_suite" && value === "experiment" ? "Run the suite" : TASKS[value] }))} />
        )}
        <span className="flex-1" />
        <Segmented
          label="Language"
          size="sm"
          value={isPython ? "python" : "typescript"}
          onValueChange={setLanguage}
          options={[
            { value: "python", label: "Python" },
            { value: "typescript", label: "TypeScript" },
          ]}
        />
        <CopyButton text={code} label="Copy the code" />
      </div>
      <CodeEditor label="Code" language={isPython ? "python" : "text"} value={code} readOnly lineNumbers={false} />
      {version && !isPython && <p className="text-xs text-muted">Reads the latest version.</p>}
    </div>
  );
}
