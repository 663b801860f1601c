import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Combobox } from "@/components/ui";
import { formatRelative } from "@/lib/format";
import { type PromptVersion, versionLabel, versionsQuery } from "./api";

interface VersionPickerProps {
  promptId: string;
  value: string | undefined;
  onValueChange: (id: string) => void;
  label: string;
  /** A version that may not be among the loaded ones. */
  chosen?: PromptVersion | undefined;
}

/** Chooses a version by its number, note or commit. */
export function VersionPicker({ promptId, value, onValueChange, label, chosen }: VersionPickerProps) {
  const query = useInfiniteQuery(versionsQuery(promptId));
  const options = useMemo(() => {
    const versions = query.data?.pages.flatMap((page) => page.content) ?? [];
    const all = chosen && !versions.some(({ id }) => id === chosen.id) ? [chosen, ...versions] : versions;
    return all.map((version) => ({
      value: version.id,
      label: versionLabel(version),
      text: [versionLabel(version), version.commit, version.change_description ?? "", ...version.environments].join(" "),
      hint: version.change_description ? version.change_description.slice(0, 40) : formatRelative(version.created_at),
    }));
  }, [chosen, query.data]);
  return <Combobox label={label} value={value} onValueChange={onValueChange} options={options} placeholder="Choose a version" className="w-36" />;
}
