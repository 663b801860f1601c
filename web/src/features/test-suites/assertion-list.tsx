import { Plus, X } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { Button, IconButton, Textarea } from "@/components/ui";

interface AssertionListProps {
  assertions: readonly string[];
  onChange: (assertions: string[]) => void;
  /** Name of the list for screen readers. */
  label: string;
  readOnly?: boolean;
}

/** Statements that an answer has to keep; Enter adds the next one. */
export function AssertionList({ assertions, onChange, label, readOnly }: AssertionListProps) {
  // An empty line that is being written is no assertion yet.
  const [lines, setLines] = useState<readonly string[]>(assertions);
  const [known, setKnown] = useState(assertions);
  const root = useRef<HTMLDivElement>(null);
  if (known !== assertions) {
    setKnown(assertions);
    if (written(lines).join("\n") !== assertions.join("\n")) setLines(assertions);
  }
  const change = (next: readonly string[]) => {
    setLines(next);
    onChange(written(next));
  };
  const focusLine = (index: number) => requestAnimationFrame(() => root.current?.querySelectorAll("textarea")[index]?.focus());
  const insertAfter = (index: number) => {
    setLines([...lines.slice(0, index + 1), "", ...lines.slice(index + 1)]);
    focusLine(index + 1);
  };
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (lines[index]?.trim()) insertAfter(index);
    }
    if (event.key === "Backspace" && lines[index] === "" && lines.length > 1) {
      event.preventDefault();
      change(lines.filter((_, place) => place !== index));
      focusLine(Math.max(0, index - 1));
    }
  };
  if (readOnly) {
    return assertions.length === 0 ? (
      <p className="text-muted">None</p>
    ) : (
      <ul aria-label={label} className="flex flex-col gap-1">
        {assertions.map((text) => (
          <li key={text} className="rounded-md border border-line bg-sunken px-2.5 py-1.5">
            {text}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div ref={root} role="group" aria-label={label} className="flex flex-col gap-1.5">
      {lines.map((line, index) => (
        <div key={index} className="flex items-start gap-1">
          <Textarea
            aria-label={`${label} ${index + 1}`}
            rows={1}
            placeholder="The answer names the day of delivery"
            className="field-sizing-content min-h-8"
            value={line}
            onChange={(event) => change(lines.map((other, place) => (place === index ? event.target.value : other)))}
            onKeyDown={(event) => onKeyDown(event, index)}
          />
          <IconButton label={`Remove ${label.toLowerCase()} ${index + 1}`} size="md" onClick={() => change(lines.filter((_, place) => place !== index))}>
            <X />
          </IconButton>
        </div>
      ))}
      <Button size="sm" variant="ghost" className="self-start" onClick={() => insertAfter(lines.length - 1)}>
        <Plus /> Add assertion
      </Button>
    </div>
  );
}

function written(lines: readonly string[]): string[] {
  return lines.map((line) => line.trim()).filter(Boolean);
}
