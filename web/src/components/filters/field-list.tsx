import { Command } from "cmdk";
import { useMemo } from "react";
import type { FilterField } from "./model";

interface FieldListProps {
  fields: readonly FilterField[];
  onChoose: (field: FilterField) => void;
}

/** The fields that a list can be filtered by, to be found by typing. */
export function FieldList({ fields, onChoose }: FieldListProps) {
  const sections = useMemo(() => {
    const bySection = new Map<string, FilterField[]>();
    for (const field of fields) {
      const members = bySection.get(field.section ?? "") ?? [];
      members.push(field);
      bySection.set(field.section ?? "", members);
    }
    return [...bySection];
  }, [fields]);
  return (
    <Command label="Fields" className="flex max-h-96 w-72 max-w-full flex-col">
      <Command.Input autoFocus placeholder="Filter by…" className="h-9 shrink-0 border-b border-line bg-transparent px-3 text-sm outline-none" />
      <Command.List className="min-h-0 flex-1 overflow-y-auto p-1">
        <Command.Empty className="px-2 py-4 text-center text-sm text-muted">No such field</Command.Empty>
        {sections.map(([section, members]) => (
          <Command.Group
            key={section}
            heading={section || undefined}
            className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
          >
            {members.map((field) => (
              <Command.Item
                key={field.field}
                value={field.field}
                keywords={[field.label]}
                onSelect={() => onChoose(field)}
                className="flex h-7.5 items-center rounded-md px-2 text-sm data-[selected=true]:bg-hover"
              >
                <span className="truncate">{field.label}</span>
              </Command.Item>
            ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  );
}
