import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Combobox } from "@/components/ui/combobox";
import { projectListQuery, projectQuery } from "@/features/projects/api";

interface ProjectPickerProps {
  id?: string;
  /** "" for none. */
  projectId: string;
  onChange: (projectId: string) => void;
  /** Name of the entry for no project in particular; without it a project has to be chosen. */
  allLabel?: string;
}

const ALL = "all";

/** Chooses a project by its name. */
export function ProjectPicker({ id, projectId, onChange, allLabel }: ProjectPickerProps) {
  const [text, setText] = useState("");
  const list = useQuery({ ...projectListQuery(text.trim()), placeholderData: keepPreviousData });
  const chosen = useQuery({ ...projectQuery(projectId), enabled: projectId !== "" });
  const found = (list.data?.content ?? []).map((project) => ({ value: project.id, label: project.name }));
  const known = chosen.data && !found.some((option) => option.value === projectId) ? [{ value: projectId, label: chosen.data.name }, ...found] : found;
  return (
    <Combobox
      {...(id ? { id } : {})}
      label="Project"
      className="w-full"
      placeholder="Choose a project…"
      value={projectId || (allLabel ? ALL : undefined)}
      onValueChange={(value) => onChange(value === ALL ? "" : value)}
      options={allLabel ? [{ value: ALL, label: allLabel }, ...known] : known}
      onSearch={setText}
    />
  );
}
