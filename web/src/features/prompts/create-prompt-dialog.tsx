import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MessagesSquare, TextCursorInput } from "lucide-react";
import { useState } from "react";
import { isConflict } from "@/api/errors";
import { Button, ConfirmDialog, Dialog, Segmented, toast } from "@/components/ui";
import { createPrompt, type PromptDetails, refreshPrompts, type TemplateStructure, type VersionDraft } from "./api";
import { DetailsFields } from "./details-fields";
import { TemplateField, VersionDetailFields } from "./version-fields";
import { draftOf, emptyForm, type FormProblems } from "./version-form";

interface CreatePromptDialogProps {
  projectId: string;
  structure: TemplateStructure;
  onStructureChange: (structure: TemplateStructure) => void;
  onClose: () => void;
  onCreated: (id: string) => void;
}

function withoutName({ template, metadata }: FormProblems): FormProblems {
  return { ...(template === undefined ? {} : { template }), ...(metadata === undefined ? {} : { metadata }) };
}

const NO_DETAILS: PromptDetails = { name: "", description: "", tags: [] };

/** Creates a text or a chat prompt with its first version. */
export function CreatePromptDialog({ projectId, structure, onStructureChange, onClose, onCreated }: CreatePromptDialogProps) {
  const client = useQueryClient();
  const [details, setDetails] = useState(NO_DETAILS);
  const [forms, setForms] = useState(() => ({ text: emptyForm("text"), chat: emptyForm("chat") }));
  const [problems, setProblems] = useState<FormProblems & { name?: string }>({});
  const [isLeaving, setIsLeaving] = useState(false);
  const form = forms[structure];
  const isDirty = details.name !== "" || form.text !== "" || form.messages.some((message) => message.parts.some((part) => part.kind !== "text" || part.text !== ""));
  const close = () => (isDirty ? setIsLeaving(true) : onClose());

  const create = useMutation({
    mutationFn: (draft: VersionDraft) => createPrompt(projectId, { ...details, name: details.name.trim(), description: details.description.trim() }, structure, draft),
    onSuccess: async (id) => {
      onCreated(id);
      await refreshPrompts(client);
    },
    onError: (error) => {
      if (isConflict(error)) setProblems({ name: "This project has a prompt of this name already" });
      else toast.bad("Could not create the prompt", error);
    },
  });
  const submit = () => {
    const name = details.name.trim() === "" ? { name: "Give it a name" } : {};
    const result = draftOf(form);
    setProblems({ ...name, ...("problems" in result ? result.problems : {}) });
    if (!("problems" in result) && details.name.trim() !== "") create.mutate(result.draft);
  };
  const change = (next: typeof form) => {
    setForms({ ...forms, [structure]: next });
    setProblems({});
  };

  return (
    <>
      <Dialog
        open
        onOpenChange={(open) => !open && close()}
        title="New prompt"
        description="Its first version is saved with it; every later change becomes a version of its own."
        width="xl"
        footer={
          <>
            <Button onClick={close}>Cancel</Button>
            <Button variant="primary" busy={create.isPending} onClick={submit}>
              Create prompt
            </Button>
          </>
        }
      >
        <div className="grid gap-x-8 gap-y-5 md:grid-cols-[minmax(0,1fr)_18rem] md:grid-rows-[auto_1fr]">
          <div className="flex min-w-0 flex-col gap-5 max-md:order-1 md:row-span-2">
            <Segmented
              label="Type of the prompt"
              className="self-start"
              value={structure}
              onValueChange={onStructureChange}
              options={[
                { value: "text", label: <><TextCursorInput /> Text</> },
                { value: "chat", label: <><MessagesSquare /> Chat messages</> },
              ]}
            />
            <TemplateField form={form} onChange={change} problems={problems} onSubmit={submit} />
          </div>
          <DetailsFields
            details={details}
            onChange={(next) => {
              setDetails(next);
              setProblems(withoutName(problems));
            }}
            nameError={problems.name}
          />
          <VersionDetailFields form={form} onChange={change} problems={problems} onSubmit={submit} className="max-md:order-2" />
        </div>
      </Dialog>
      <ConfirmDialog open={isLeaving} onOpenChange={setIsLeaving} title="Discard this prompt?" description="What you have written is lost." action="Discard" onConfirm={onClose} />
    </>
  );
}
