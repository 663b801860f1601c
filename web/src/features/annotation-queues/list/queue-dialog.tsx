import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { type SubmitEvent, useId, useState } from "react";
import { useWorkspace } from "@/app/workspace";
import { Button } from "@/components/ui/button";
import { Segmented, Switch } from "@/components/ui/choice";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { definitionsQuery } from "@/features/traces/annotate/api";
import { type AnnotationQueue, createQueue, type QueueDraft, queueKeys, updateQueue } from "../api";
import { DefinitionPicker } from "./definition-picker";

/** Longest name and description, in characters. */
const MAX_NAME_CHARS = 255;

const MAX_ANNOTATORS = 1000;
const MAX_LOCK_MINUTES = 60;

const EMPTY: QueueDraft = {
  name: "",
  description: "",
  scope: "trace",
  instructions: "",
  definitions: [],
  annotatorsPerItem: 1,
  lockMinutes: 5,
  areCommentsEnabled: true,
};

function draftOf(queue: AnnotationQueue): QueueDraft {
  return {
    name: queue.name,
    description: queue.description,
    scope: queue.scope,
    instructions: queue.instructions,
    definitions: queue.feedback_definition_names,
    annotatorsPerItem: queue.annotators_per_item,
    lockMinutes: Math.round((queue.lock_timeout_seconds / 60) * 100) / 100,
    areCommentsEnabled: queue.comments_enabled,
  };
}

interface QueueDialogProps {
  projectId: string;
  /** The queue to change; a new one without. */
  queue?: AnnotationQueue | undefined;
  onClose: () => void;
  /** Called with the id of a new queue. */
  onCreated?: (id: string) => void;
}

/** Creates or changes a queue. */
export function QueueDialog({ projectId, queue, onClose, onCreated }: QueueDialogProps) {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const definitions = useQuery(definitionsQuery);
  const [draft, setDraft] = useState<QueueDraft>(() => (queue ? draftOf(queue) : EMPTY));
  const [wasTried, setWasTried] = useState(false);
  const formId = useId();
  const change = (part: Partial<QueueDraft>) => setDraft((before) => ({ ...before, ...part }));
  const save = useMutation({
    mutationFn: async () => {
      if (!queue) return createQueue(projectId, draft);
      await updateQueue(queue.id, draft);
      return queue.id;
    },
    onSuccess: async (id) => {
      await Promise.all([client.invalidateQueries({ queryKey: queueKeys.lists }), client.invalidateQueries({ queryKey: queueKeys.one(id) })]);
      onClose();
      if (!queue) onCreated?.(id);
    },
    onError: (error) => toast.bad(queue ? "Could not save the queue" : "Could not create the queue", error),
  });
  const nameError = draft.name.trim() === "" ? "Give the queue a name" : undefined;
  const annotatorsError = Number.isInteger(draft.annotatorsPerItem) && draft.annotatorsPerItem >= 1 && draft.annotatorsPerItem <= MAX_ANNOTATORS ? undefined : "1 to 1000";
  const lockError = draft.lockMinutes > 0 && draft.lockMinutes <= MAX_LOCK_MINUTES ? undefined : "At most 60 minutes";
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setWasTried(true);
    if (nameError === undefined && annotatorsError === undefined && lockError === undefined) save.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width="md"
      title={queue ? "Edit queue" : "New annotation queue"}
      description={queue ? undefined : "Collect traces or threads that people should look at and score."}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form={formId} busy={save.isPending}>
            {queue ? "Save" : "Create queue"}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4 pt-1">
        <Field label="Name" error={wasTried ? nameError : undefined}>
          {(control) => <Input {...control} autoFocus maxLength={MAX_NAME_CHARS} placeholder="Weekly review" value={draft.name} onChange={(event) => change({ name: event.target.value })} />}
        </Field>
        <Field label="Description" optional>
          {(control) => <Input {...control} maxLength={MAX_NAME_CHARS} value={draft.description} onChange={(event) => change({ description: event.target.value })} />}
        </Field>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
          <span className="text-sm font-medium">Items</span>
          {queue ? (
            <span className="text-sm text-muted">{queue.scope === "trace" ? "Traces" : "Threads"} (cannot be changed)</span>
          ) : (
            <Segmented
              label="Items"
              value={draft.scope}
              onValueChange={(scope) => change({ scope })}
              options={[
                { value: "trace", label: "Traces" },
                { value: "thread", label: "Threads" },
              ]}
            />
          )}
        </div>
        <Field label="Instructions" optional hint="Shown to the reviewers before they start. Markdown works.">
          {(control) => <Textarea {...control} rows={4} placeholder="What to look at, and what a good answer is" value={draft.instructions} onChange={(event) => change({ instructions: event.target.value })} />}
        </Field>
        <DefinitionPicker
          chosen={draft.definitions}
          onChange={(names) => change({ definitions: names })}
          definitions={definitions.data}
          error={definitions.error}
          footer={
            <Button asChild variant="link" size="sm">
              <Link to={`/${workspace}/configuration`} search={{ tab: "feedback-definitions" }}>
                <Plus /> Create definition
              </Link>
            </Button>
          }
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Reviewers per item" error={wasTried ? annotatorsError : undefined} hint="An item is complete after as many reviews.">
            {(control) => (
              <Input {...control} type="number" min={1} max={MAX_ANNOTATORS} value={Number.isNaN(draft.annotatorsPerItem) ? "" : draft.annotatorsPerItem} onChange={(event) => change({ annotatorsPerItem: event.target.valueAsNumber })} />
            )}
          </Field>
          <Field label="Reserved for" error={wasTried ? lockError : undefined} hint="Minutes without a sign of the reviewer.">
            {(control) => (
              <Input {...control} type="number" min={1} max={MAX_LOCK_MINUTES} value={Number.isNaN(draft.lockMinutes) ? "" : draft.lockMinutes} onChange={(event) => change({ lockMinutes: event.target.valueAsNumber })} />
            )}
          </Field>
        </div>
        <label className="flex items-center gap-2.5 text-sm font-medium">
          <Switch checked={draft.areCommentsEnabled} onCheckedChange={(areCommentsEnabled) => change({ areCommentsEnabled })} label="Comments" />
          Let reviewers comment
        </label>
      </form>
    </Dialog>
  );
}
