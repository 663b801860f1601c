import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { TextDiff } from "@/components/diff";
import { Button, ConfirmDialog, Dialog, Kbd, Segmented, toast } from "@/components/ui";
import { createVersion, type Prompt, type PromptVersion, refreshPrompts, type VersionDraft, versionLabel } from "./api";
import { messageTextOf, parseChatTemplate } from "./chat-template";
import { TemplateField, VersionDetailFields } from "./version-fields";
import { draftOf, emptyForm, type FormProblems, formOf, type VersionForm } from "./version-form";

interface NewVersionDialogProps {
  prompt: Prompt;
  /** The version that the edit starts from; none when the prompt has no version yet. */
  version: PromptVersion | undefined;
  onClose: () => void;
  onCreated: (version: PromptVersion) => void;
}

/** Edits a version of a prompt; saving makes a new version. */
export function NewVersionDialog({ prompt, version, onClose, onCreated }: NewVersionDialogProps) {
  const client = useQueryClient();
  const [initial] = useState(() => (version ? formOf(version, prompt.template_structure) : emptyForm(prompt.template_structure)));
  const [form, setForm] = useState(initial);
  const [problems, setProblems] = useState<FormProblems>({});
  const [view, setView] = useState<"edit" | "changes">("edit");
  const [isLeaving, setIsLeaving] = useState(false);
  const isDirty = form !== initial;
  const close = () => (isDirty ? setIsLeaving(true) : onClose());

  const save = useMutation({
    mutationFn: (draft: VersionDraft) => createVersion(prompt, draft),
    onSuccess: async (created) => {
      toast.good(`Saved as ${versionLabel(created)}`);
      onCreated(created);
      await refreshPrompts(client);
    },
    onError: (error) => toast.bad("Could not save the version", error),
  });
  const submit = () => {
    const result = draftOf(form);
    setProblems("problems" in result ? result.problems : {});
    if ("problems" in result) setView("edit");
    else save.mutate(result.draft);
  };
  const change = (next: VersionForm) => {
    setForm(next);
    setProblems({});
  };
  return (
    <>
      <Dialog
        open
        onOpenChange={(open) => !open && close()}
        title={`Edit ${prompt.name}`}
        description={version ? `Starts from ${versionLabel(version)}. Saving makes a new version; environments keep theirs until you deploy it.` : "Write the first version of this prompt."}
        width="xl"
        footer={
          <>
            <span className="me-auto flex items-center gap-1 text-xs text-faint max-md:hidden">
              <Kbd>Ctrl</Kbd>
              <Kbd>Enter</Kbd> saves
            </span>
            <Button onClick={close}>Cancel</Button>
            <Button variant="primary" busy={save.isPending} disabled={!isDirty} onClick={submit}>
              Save new version
            </Button>
          </>
        }
      >
        <Segmented
          className="mb-4"
          label="Show"
          value={view}
          onValueChange={setView}
          options={[
            { value: "edit", label: "Edit" },
            { value: "changes", label: "Changes", disabled: !isDirty },
          ]}
        />
        {view === "changes" ? (
          <TextDiff before={readable(initial)} after={readable(form)} beforeLabel={version ? versionLabel(version) : "Nothing"} afterLabel="Your edit" />
        ) : (
          <div className="grid gap-x-8 gap-y-5 md:grid-cols-[minmax(0,1fr)_18rem]">
            <TemplateField form={form} onChange={change} problems={problems} onSubmit={submit} />
            <VersionDetailFields form={form} onChange={change} problems={problems} onSubmit={submit} className="md:border-s md:border-line md:ps-6" />
          </div>
        )}
      </Dialog>
      <ConfirmDialog open={isLeaving} onOpenChange={setIsLeaving} title="Discard your edit?" description="What you have changed is lost." action="Discard" onConfirm={onClose} />
    </>
  );
}

/** The template as a person compares it. */
function readable(form: VersionForm): string {
  if (form.structure === "text") return form.text;
  const messages = form.isJson ? parseChatTemplate(form.text) : form.messages;
  return messages ? messages.map((message) => `${message.role}:\n${messageTextOf(message)}`).join("\n\n") : form.text;
}
