import { useMemo } from "react";
import { CodeEditor } from "@/components/code-editor";
import { Field, Input, NativeSelect, Segmented } from "@/components/ui";
import { cn } from "@/lib/cn";
import { MessageListEditor } from "./message-list-editor";
import { LANGUAGES, tagPattern } from "./template";
import { type FormProblems, formVariables, switchMode, type VersionForm } from "./version-form";

interface VersionFieldsProps {
  form: VersionForm;
  onChange: (form: VersionForm) => void;
  problems: FormProblems;
  onSubmit: () => void;
}

/** The template: a text, or messages that can also be edited as JSON. */
export function TemplateField({ form, onChange, problems, onSubmit }: VersionFieldsProps) {
  const isChat = form.structure === "chat";
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <div className="flex h-7 items-center gap-2">
        <span className="flex-1 text-sm font-medium">{isChat ? "Messages" : "Template"}</span>
        {isChat && (
          <Segmented
            size="sm"
            label="Edit as"
            value={form.isJson ? "json" : "messages"}
            onValueChange={(mode) => onChange(switchMode(form, mode === "json"))}
            options={[
              { value: "messages", label: "Messages" },
              { value: "json", label: "JSON" },
            ]}
          />
        )}
      </div>
      {isChat && !form.isJson ? (
        <MessageListEditor messages={form.messages} language={form.type} onChange={(messages) => onChange({ ...form, messages })} onSubmit={onSubmit} />
      ) : (
        <CodeEditor
          language={isChat ? "json" : "text"}
          label={isChat ? "Messages as JSON" : "Template"}
          testId="prompt-template-editor"
          value={form.text}
          highlight={tagPattern(form.type)}
          isInvalid={problems.template !== undefined}
          describedBy="template-problem"
          placeholder={form.type === "python" ? "Answer {question}" : "Answer {{question}}"}
          onChange={(text) => onChange({ ...form, text })}
          onSubmit={onSubmit}
          className="[&_.cm-content]:min-h-48"
        />
      )}
      {problems.template && (
        <p id="template-problem" role="alert" className="text-xs text-bad">
          {problems.template}
        </p>
      )}
    </div>
  );
}

/** What goes with a template: its language, the variables found in it, metadata and a note. */
export function VersionDetailFields({ form, onChange, problems, onSubmit, className }: VersionFieldsProps & { className?: string }) {
  const variables = useMemo(() => formVariables(form), [form]);
  return (
    <div className={cn("flex min-w-0 flex-col gap-4", className)}>
      <Field label="Template language" hint={`Variables look like ${LANGUAGES.find(({ value }) => value === form.type)?.example ?? ""}`}>
        {(control) => (
          <NativeSelect
            {...control}
            value={form.type}
            onChange={(event) => {
              const language = LANGUAGES.find(({ value }) => value === event.target.value);
              if (language) onChange({ ...form, type: language.value });
            }}
          >
            {LANGUAGES.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      <div>
        <p className="text-sm font-medium">Variables</p>
        <div aria-live="polite" className="mt-1 flex flex-wrap gap-1">
          {variables.length > 0 ? variables.map((name) => <Variable key={name} name={name} />) : <span className="text-xs text-muted">None found yet</span>}
        </div>
      </div>
      <div className="flex flex-col gap-1">
        <span className="text-sm font-medium">
          Metadata <span className="font-normal text-faint">optional</span>
        </span>
        <CodeEditor
          language="json"
          label="Metadata as JSON"
          value={form.metadata}
          lineNumbers={false}
          placeholder={'{ "owner": "…" }'}
          isInvalid={problems.metadata !== undefined}
          describedBy="metadata-problem"
          onChange={(metadata) => onChange({ ...form, metadata })}
        />
        {problems.metadata && (
          <p id="metadata-problem" role="alert" className="text-xs text-bad">
            {problems.metadata}
          </p>
        )}
      </div>
      <Field label="What changes" optional hint="Shown in the history">
        {(control) => (
          <Input
            {...control}
            maxLength={255}
            placeholder="Shorter answers"
            value={form.changeDescription}
            onChange={(event) => onChange({ ...form, changeDescription: event.target.value })}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) onSubmit();
            }}
          />
        )}
      </Field>
    </div>
  );
}

/** Name of a variable of a template. */
export function Variable({ name }: { name: string }) {
  return <code className="max-w-full truncate rounded-sm bg-accent-soft px-1.5 py-0.5 font-mono text-xs text-accent">{name}</code>;
}
