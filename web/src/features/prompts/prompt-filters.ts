import type { FilterField } from "@/components/filters";

/** What the prompt library can be filtered by, besides its search. */
export const PROMPT_FILTERS: readonly FilterField[] = [
  {
    field: "template_structure",
    label: "Type",
    type: "string",
    isPinned: true,
    operators: ["=", "!="],
    options: [
      { value: "text", label: "Text" },
      { value: "chat", label: "Chat" },
    ],
  },
  { field: "tags", label: "Tags", type: "list", isPinned: true, operators: ["contains", "not_contains"] },
  { field: "version_count", label: "Versions", type: "number" },
  { field: "last_updated_at", label: "Last updated", type: "date_time" },
  { field: "created_at", label: "Created", type: "date_time" },
  { field: "description", label: "Description", type: "string" },
  { field: "created_by", label: "Created by", type: "string" },
  { field: "last_updated_by", label: "Updated by", type: "string" },
  { field: "id", label: "Id", type: "string" },
];

/** What the versions of a prompt can be filtered by, besides their search. */
export const VERSION_FILTERS: readonly FilterField[] = [
  { field: "tags", label: "Tags", type: "list", isPinned: true, operators: ["contains", "not_contains"] },
  { field: "commit", label: "Commit", type: "string" },
  { field: "version_number", label: "Version", type: "string" },
  { field: "template", label: "Template", type: "string" },
  { field: "change_description", label: "Note", type: "string" },
  { field: "metadata", label: "Metadata", type: "dictionary", keyLabel: "Path" },
  { field: "created_at", label: "Created", type: "date_time" },
  { field: "created_by", label: "Created by", type: "string" },
];
