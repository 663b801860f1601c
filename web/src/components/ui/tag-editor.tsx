import { Plus } from "lucide-react";
import { useState } from "react";
import { Tag } from "./badge";
import { Button } from "./button";
import { Input } from "./field";
import { Popover } from "./popover";

/** Longest tag that the server takes, in characters. */
export const MAX_TAG_CHARS = 100;

interface TagEditorProps {
  tags: readonly string[];
  onChange: (tags: string[]) => void;
  /** Proposed while typing. */
  suggestions?: readonly string[];
  disabled?: boolean;
}

/** The tags of one entity, with a way to add and to remove. */
export function TagEditor({ tags, onChange, suggestions = [], disabled }: TagEditorProps) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const tag = text.trim();
  const proposals = suggestions.filter((name) => !tags.includes(name) && name.toLowerCase().includes(tag.toLowerCase())).slice(0, 8);
  const add = (name: string) => {
    if (name && !tags.includes(name)) onChange([...tags, name]);
    setText("");
    setOpen(false);
  };
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-1">
      {tags.map((name) => (
        <Tag key={name} name={name} {...(disabled ? {} : { onRemove: () => onChange(tags.filter((other) => other !== name)) })} />
      ))}
      {!disabled && (
        <Popover
          open={open}
          onOpenChange={setOpen}
          label="Add a tag"
          className="w-60 p-2"
          trigger={
            <Button size="xs" variant="ghost" data-testid="add-tag-button">
              <Plus /> Add tag
            </Button>
          }
        >
          <form
            className="flex gap-1.5"
            onSubmit={(event) => {
              event.preventDefault();
              add(tag);
            }}
          >
            <Input aria-label="Tag" placeholder="Tag" autoFocus maxLength={MAX_TAG_CHARS} value={text} onChange={(event) => setText(event.target.value)} />
            <Button type="submit" disabled={!tag}>
              Add
            </Button>
          </form>
          {proposals.length > 0 && (
            <div className="mt-2 flex flex-wrap gap-1">
              {proposals.map((name) => (
                <Tag key={name} name={name} onClick={() => add(name)} />
              ))}
            </div>
          )}
        </Popover>
      )}
    </div>
  );
}
