import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Combobox } from "@/components/ui";
import { formatRelative } from "@/lib/format";
import { type PromptVersion, versionLabel, versionsQuery } from "./api";

interface VersionPickerProps {
  promptId: string;
  value: string | undefined;
  onValueChange: (id: string, version: PromptVersion | undefined) => void;
  label: string;
  /** A version that may not be among the loaded ones. */
  chosen?: PromptVersion | undefined;
}

/** Chooses a version by its number, note or commit. */
export function VersionPicker({ promptId, value, onValueChange, label, chosen }: VersionPickerProps) {
  const query = useInfiniteQuery(versionsQuery(promptId));
  const versions = useMemo(() => {
    const loaded = query.data?.pages.flatMap((page) => page.content) ?? [];
    return chosen && !loaded.some(({ id }) => id === chosen.id) ? [chosen, ...loaded] : loaded;
  }, [chosen, query.data]);
  const options = useMemo(
    () =>
      versions.map((version) => ({
        value: version.id,
        label: versionLabel(version),
        text: [versionLabel(version), version.commit, version.change_description ?? "", ...version.environments].join(" "),
        hint: version.change_description ? version.change_description.slice(0, 40) : formatRelative(version.created_at),
      })),
    [versions],
  );
  return <Combobox label={label} value={value} onValueChange={(id) => onValueChange(id, versions.find((version) => version.id === id))} options={options} placeholder="Choose a version" className="w-36" />;
}
