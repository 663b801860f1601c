import { useState } from "react";
import { sdkUrl } from "@/api/client";
import { CopyButton, Dialog, Segmented } from "@/components/ui";
import { useProject } from "@/features/projects/project-context";
import { useStoredState } from "@/lib/stored-state";
import { type Prompt, type PromptVersion, versionLabel } from "./api";
import { pythonSnippet, type Selector, typescriptSnippet } from "./snippets";
import { variablesOf } from "./template";

interface UseInCodeDialogProps {
  prompt: Prompt;
  version: PromptVersion;
  onClose: () => void;
}

const LANGUAGES = [
  { value: "python", label: "Python" },
  { value: "typescript", label: "TypeScript" },
] as const;

/** Code that reads this prompt: the latest version, this very one, or what an environment uses. */
export function UseInCodeDialog({ prompt, version, onClose }: UseInCodeDialogProps) {
  const project = useProject();
  const [language, setLanguage] = useStoredState<"python" | "typescript">("code-language", "python");
  const [by, setBy] = useState("latest");
  const selector: Selector =
    by === "latest" ? { kind: "latest" } : by === "commit" ? { kind: "commit", commit: version.commit } : { kind: "environment", environment: by.slice("environment:".length) };
  const subject = { name: prompt.name, projectName: project.name, structure: prompt.template_structure, variables: variablesOf(version.template, version.type), selector };
  const code = language === "python" ? pythonSnippet(subject) : typescriptSnippet(subject, sdkUrl());
  const environments = version.environments.length > 0 ? version.environments : ["production"];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Use this prompt" description={`The SDK fetches “${prompt.name}” from ${sdkUrl()} and keeps it in a cache.`} width="lg">
      <div className="flex flex-wrap items-center gap-2">
        <Segmented label="Language" value={language} onValueChange={setLanguage} options={LANGUAGES} />
        <Segmented
          label="Which version"
          value={by}
          onValueChange={setBy}
          options={[
            { value: "latest", label: "Latest" },
            { value: "commit", label: `Exactly ${versionLabel(version)}` },
            ...environments.map((name) => ({ value: `environment:${name}`, label: name })),
          ]}
        />
      </div>
      <p className="mt-3 text-sm text-muted">
        {by === "latest"
          ? "Always the newest version. A change takes effect without a release."
          : by === "commit"
            ? "This version for ever, whatever is changed later."
            : `The version that is deployed to ${by.slice("environment:".length)}. Deploying another one takes effect without a release.`}
        {by.startsWith("environment:") && language === "typescript" && " The TypeScript SDK knows no environments, so the code asks over HTTP."}
      </p>
      <div className="relative mt-2">
        <pre tabIndex={0} aria-label="Code" className="overflow-x-auto rounded-lg border border-line bg-sunken p-4 font-mono text-xs leading-5">
          {code}
        </pre>
        <CopyButton className="absolute top-2 right-2" label="Copy code" text={code} variant="secondary" />
      </div>
    </Dialog>
  );
}
