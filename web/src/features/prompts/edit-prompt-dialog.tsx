import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isConflict } from "@/api/errors";
import { Button, Dialog, toast } from "@/components/ui";
import { type Prompt, type PromptDetails, promptQuery, refreshPrompts, updatePrompt } from "./api";
import { DetailsFields } from "./details-fields";

/** Changes name, description and tags of a prompt. */
export function EditPromptDialog({ prompt, onClose }: { prompt: Prompt; onClose: () => void }) {
  const client = useQueryClient();
  const [details, setDetails] = useState<PromptDetails>({ name: prompt.name, description: prompt.description ?? "", tags: prompt.tags ?? [] });
  const [nameError, setNameError] = useState<string>();
  const save = useMutation({
    mutationFn: () => updatePrompt(prompt.id, { ...details, name: details.name.trim(), description: details.description.trim() }),
    onSuccess: async () => {
      client.setQueryData(promptQuery(prompt.id).queryKey, (known) => (known ? { ...known, ...details } : known));
      onClose();
      await refreshPrompts(client);
    },
    onError: (error) => {
      if (isConflict(error)) setNameError("This project has a prompt of this name already");
      else toast.bad("Could not save the prompt", error);
    },
  });
  const submit = () => {
    if (details.name.trim() === "") setNameError("Give it a name");
    else save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Edit prompt"
      description={details.name !== prompt.name ? "Code that reads this prompt by its old name will not find it any more." : "Versions stay as they are."}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={save.isPending} onClick={submit}>
            Save
          </Button>
        </>
      }
    >
      <DetailsFields
        details={details}
        onChange={(next) => {
          setDetails(next);
          setNameError(undefined);
        }}
        nameError={nameError}
      />
    </Dialog>
  );
}
