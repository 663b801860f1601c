import { Plus, X } from "lucide-react";
import { useState } from "react";
import { Badge, Button, IconButton, Input, NativeSelect, Switch, Textarea } from "@/components/ui";
import type { ItemColumn, JsonObject } from "../model";
import { jsonType, parseJson } from "./json";
import { JsonField } from "./json-field";
import { isLongText, ValueView } from "./value-view";

interface FieldsEditorProps {
  data: JsonObject;
  onChange: (data: JsonObject) => void;
  /** Told what is wrong with one field. */
  onError: (field: string, error: string | undefined) => void;
  /** Fields that other items have. */
  columns: readonly ItemColumn[];
  readOnly: boolean;
  /** Puts the cursor into the first field. */
  autoFocus: boolean;
}

/** The data of an item, field by field, each with an editor for its type. */
export function FieldsEditor({ data, onChange, onError, columns, readOnly, autoFocus }: FieldsEditorProps) {
  const keys = Object.keys(data);
  const missing = columns.filter((column) => !Object.hasOwn(data, column.name));
  const set = (key: string, value: unknown) => onChange({ ...data, [key]: value });
  const remove = (key: string) => onChange(Object.fromEntries(Object.entries(data).filter(([other]) => other !== key)));
  return (
    <div className="flex flex-col gap-4" data-testid="dataset-item-editor">
      {keys.map((key, index) => (
        <FieldEditor
          key={key}
          name={key}
          value={data[key]}
          readOnly={readOnly}
          autoFocus={autoFocus && index === 0}
          onChange={(value) => set(key, value)}
          onError={(error) => onError(key, error)}
          {...(keys.length > 1 ? { onRemove: () => remove(key) } : {})}
        />
      ))}
      {!readOnly && <AddField taken={keys} suggestions={missing} onAdd={(name, value) => set(name, value)} />}
    </div>
  );
}

const TYPES = ["string", "number", "boolean", "object", "array", "null"] as const;
const TYPE_NAMES: Record<(typeof TYPES)[number], string> = { string: "Text", number: "Number", boolean: "True or false", object: "Object", array: "List", null: "Null" };

/** A value of another type that says as much of the same as it can. */
export function convertValue(value: unknown, type: string): unknown {
  const text = typeof value === "string" ? value : value === null || value === undefined ? "" : JSON.stringify(value);
  switch (type) {
    case "string":
      return text;
    case "number":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : 0;
    case "boolean":
      return text === "true" || (typeof value === "number" && value !== 0);
    case "null":
      return null;
    default: {
      const parsed = parseJson(text);
      const isWanted = parsed.error === undefined && jsonType(parsed.value) === type;
      if (isWanted) return parsed.value;
      return type === "array" ? (text === "" ? [] : [value]) : {};
    }
  }
}

interface FieldEditorProps {
  name: string;
  value: unknown;
  onChange: (value: unknown) => void;
  onError: (error: string | undefined) => void;
  onRemove?: () => void;
  readOnly: boolean;
  autoFocus: boolean;
}

function FieldEditor({ name, value, onChange, onError, onRemove, readOnly, autoFocus }: FieldEditorProps) {
  const type = jsonType(value);
  const [isOpen, setIsOpen] = useState(false);
  const isCollapsed = isLongText(value) && !isOpen;
  return (
    <section aria-label={name} className="group/field flex min-w-0 flex-col gap-1">
      <div className="flex min-h-6 items-center gap-2">
        <h3 className="min-w-0 truncate font-mono text-xs font-medium text-muted">{name}</h3>
        <span className="flex-1" />
        {readOnly ? (
          <Badge>{TYPE_NAMES[type as keyof typeof TYPE_NAMES]}</Badge>
        ) : (
          <>
            {isCollapsed && (
              <Button size="xs" variant="ghost" onClick={() => setIsOpen(true)}>
                Edit as text
              </Button>
            )}
            <NativeSelect
              aria-label={`Type of ${name}`}
              value={type}
              onChange={(event) => onChange(convertValue(value, event.target.value))}
              className="h-6 w-auto field-sizing-content border-transparent bg-transparent text-xs text-muted shadow-none hover:border-line"
            >
              {TYPES.map((option) => (
                <option key={option} value={option}>
                  {TYPE_NAMES[option]}
                </option>
              ))}
            </NativeSelect>
            {onRemove && (
              <IconButton label={`Remove ${name}`} size="xs" onClick={onRemove}>
                <X />
              </IconButton>
            )}
          </>
        )}
      </div>
      {readOnly || isCollapsed ? (
        <ValueView name={name} value={value} />
      ) : type === "string" ? (
        <Textarea
          aria-label={name}
          autoFocus={autoFocus}
          rows={1}
          spellCheck={false}
          className="field-sizing-content max-h-96 min-h-8"
          value={value as string}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : type === "number" ? (
        <NumberField name={name} value={value as number} onChange={onChange} onError={onError} />
      ) : type === "boolean" ? (
        <span className="flex h-8 items-center gap-2">
          <Switch label={name} checked={value as boolean} onCheckedChange={onChange} />
          <span className="text-muted">{value === true ? "true" : "false"}</span>
        </span>
      ) : type === "null" ? (
        <p className="font-mono text-xs text-faint">null</p>
      ) : (
        <JsonField label={name} value={value} parse={parseJson} onChange={onChange} onError={onError} />
      )}
    </section>
  );
}

function NumberField({ name, value, onChange, onError }: { name: string; value: number; onChange: (value: number) => void; onError: (error: string | undefined) => void }) {
  const [text, setText] = useState(String(value));
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    if (Number(text) !== value) setText(String(value));
  }
  const problem = text.trim() === "" || !Number.isFinite(Number(text)) ? "Not a number" : undefined;
  return (
    <>
      <Input
        aria-label={name}
        inputMode="decimal"
        aria-invalid={problem ? true : undefined}
        className="font-mono"
        value={text}
        onChange={(event) => {
          const next = event.target.value;
          setText(next);
          const isNumber = next.trim() !== "" && Number.isFinite(Number(next));
          onError(isNumber ? undefined : "Not a number");
          if (isNumber) onChange(Number(next));
        }}
      />
      {problem && (
        <p role="alert" className="text-xs text-bad">
          {problem}
        </p>
      )}
    </>
  );
}

interface AddFieldProps {
  taken: readonly string[];
  suggestions: readonly ItemColumn[];
  onAdd: (name: string, value: unknown) => void;
}

function AddField({ taken, suggestions, onAdd }: AddFieldProps) {
  const [name, setName] = useState("");
  const isTaken = taken.includes(name.trim());
  const add = (field: string, types: readonly string[] = ["string"]) => {
    onAdd(field, convertValue("", types.find((type) => type !== "null") ?? "string"));
    setName("");
  };
  return (
    <div className="flex flex-col gap-2 border-t border-line pt-3">
      <form
        className="flex gap-1.5"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() && !isTaken) add(name.trim());
        }}
      >
        <Input aria-label="Name of a new field" placeholder="New field" className="font-mono text-xs" value={name} onChange={(event) => setName(event.target.value)} aria-invalid={isTaken ? true : undefined} />
        <Button type="submit" disabled={!name.trim() || isTaken}>
          <Plus /> Add field
        </Button>
      </form>
      {suggestions.length > 0 && (
        <div className="flex flex-wrap gap-1">
          {suggestions.slice(0, 20).map((column) => (
            <Button key={column.name} size="xs" variant="ghost" className="font-mono" onClick={() => add(column.name, column.types)}>
              <Plus /> {column.name}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}
