import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Combobox } from "@/components/ui";
import { useProject } from "@/features/projects/project-context";
import { fetchPrompts, promptQuery } from "@/features/prompts/api";
import { VersionPicker } from "@/features/prompts/version-picker";
import { promptOfCommitQuery } from "./api";

interface PromptCommitFieldProps {
  label: string;
  /** Commit of a version. */
  value: string;
  onValueChange: (commit: string) => void;
}

/** Chooses a prompt and one of its versions; the value is the version's commit. */
export function PromptCommitField({ label, value, onValueChange }: PromptCommitFieldProps) {
  const project = useProject();
  const client = useQueryClient();
  const [search, setSearch] = useState("");
  const prompts = useQuery({
    queryKey: ["prompts", "choice", project.id, search],
    queryFn: ({ signal }) => fetchPrompts({ projectId: project.id, search, filters: undefined, sorting: undefined }, 1, 50, signal),
  });
  const current = useQuery({ ...promptOfCommitQuery(value), enabled: value !== "" });
  const promptId = current.data?.id;
  const chosen = useQuery({ ...promptQuery(promptId ?? ""), enabled: promptId !== undefined });
  const options = prompts.data?.content.map((prompt) => ({ value: prompt.id, label: prompt.name })) ?? [];
  const known = current.data;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Combobox
        label={label}
        className="min-w-48"
        placeholder="Choose a prompt"
        value={promptId}
        options={known && !options.some((option) => option.value === known.id) ? [{ value: known.id, label: known.name }, ...options] : options}
        onSearch={setSearch}
        onValueChange={(id) => void client.query(promptQuery(id)).then(({ latest_version: latest }) => latest && onValueChange(latest.commit))}
      />
      {promptId && (
        <VersionPicker
          promptId={promptId}
          label={`Version for ${label}`}
          value={current.data?.requested_version?.id}
          chosen={current.data?.requested_version ?? chosen.data?.latest_version ?? undefined}
          onValueChange={(_, version) => version && onValueChange(version.commit)}
        />
      )}
      {value && <code className="font-mono text-xs text-muted">{value}</code>}
    </div>
  );
}
