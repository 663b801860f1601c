import { Link } from "@tanstack/react-router";
import { Columns3, Copy, ListTree, Pencil, Tags, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { TagEditor } from "@/components/ui/tag-editor";
import { toast } from "@/components/ui/toast";
import { copyText } from "@/lib/clipboard";
import { plural } from "@/lib/format";
import type { Experiment } from "../api";
import { compareLink, logsLink } from "../links";

interface ExperimentMenuProps {
  experiment: Experiment;
  workspace: string;
  projectId: string;
  trigger: ReactNode;
  onRename: (experiment: Experiment) => void;
  onTags: (experiments: readonly Experiment[]) => void;
  onDelete: (experiments: readonly Experiment[]) => void;
}

/** What can be done with one experiment. */
export function ExperimentMenu({ experiment, workspace, projectId, trigger, onRename, onTags, onDelete }: ExperimentMenuProps) {
  return (
    <Menu trigger={trigger}>
      <MenuItem asChild>
        <Link {...compareLink(workspace, projectId, experiment.dataset_id, [experiment.id])}>
          <Columns3 /> Open
        </Link>
      </MenuItem>
      <MenuItem asChild>
        <Link {...logsLink(workspace, experiment.project_id ?? projectId, experiment.id)}>
          <ListTree /> Open its traces
        </Link>
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Pencil />} onSelect={() => onRename(experiment)}>
        Rename
      </MenuItem>
      <MenuItem icon={<Tags />} onSelect={() => onTags([experiment])}>
        Edit tags
      </MenuItem>
      <MenuItem icon={<Copy />} onSelect={() => void copyText(experiment.id).then((done) => done && toast.good("Id copied"))}>
        Copy id
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 />} danger onSelect={() => onDelete([experiment])}>
        Delete
      </MenuItem>
    </Menu>
  );
}

interface RenameDialogProps {
  experiment: Experiment | undefined;
  onClose: () => void;
  onRename: (experiment: Experiment, name: string) => void;
}

/** Gives an experiment another name. */
export function RenameDialog({ experiment, onClose, onRename }: RenameDialogProps) {
  return (
    <Dialog open={experiment !== undefined} onOpenChange={onClose} title="Rename experiment">
      {experiment && <RenameForm key={experiment.id} experiment={experiment} onClose={onClose} onRename={onRename} />}
    </Dialog>
  );
}

function RenameForm({ experiment, onClose, onRename }: RenameDialogProps & { experiment: Experiment }) {
  const [name, setName] = useState(experiment.name);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() && name.trim() !== experiment.name) onRename(experiment, name.trim());
        onClose();
      }}
    >
      <Field label="Name">{(control) => <Input {...control} autoFocus value={name} onChange={(event) => setName(event.target.value)} onFocus={(event) => event.target.select()} />}</Field>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" disabled={!name.trim()}>
          Rename
        </Button>
      </div>
    </form>
  );
}

interface TagsDialogProps {
  experiments: readonly Experiment[];
  suggestions: readonly string[];
  onClose: () => void;
  onSave: (experiments: readonly Experiment[], add: string[], remove: string[]) => void;
}

/** Changes the tags of one or more experiments: what is common to them is shown. */
export function TagsDialog({ experiments, suggestions, onClose, onSave }: TagsDialogProps) {
  return (
    <Dialog
      open={experiments.length > 0}
      onOpenChange={onClose}
      title={experiments.length === 1 ? `Tags of ${experiments[0]?.name ?? ""}` : `Tags of ${plural(experiments.length, "experiment")}`}
      {...(experiments.length > 1 ? { description: "Tags that all of them have. Others stay as they are." } : {})}
    >
      {experiments.length > 0 && <TagsForm experiments={experiments} suggestions={suggestions} onClose={onClose} onSave={onSave} />}
    </Dialog>
  );
}

function TagsForm({ experiments, suggestions, onClose, onSave }: TagsDialogProps) {
  const [before] = useState(() => (experiments[0]?.tags ?? []).filter((tag) => experiments.every(({ tags }) => tags?.includes(tag))));
  const [tags, setTags] = useState<readonly string[]>(before);
  const add = tags.filter((tag) => !before.includes(tag));
  const remove = before.filter((tag) => !tags.includes(tag));
  return (
    <div className="flex flex-col gap-4">
      <TagEditor tags={tags} suggestions={suggestions} onChange={setTags} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="primary"
          disabled={add.length + remove.length === 0}
          onClick={() => {
            onSave(experiments, add, remove);
            onClose();
          }}
        >
          Save
        </Button>
      </div>
    </div>
  );
}

interface DatasetChoiceDialogProps {
  /** Selected experiments, of several datasets. */
  experiments: readonly Experiment[];
  onClose: () => void;
  onChoose: (datasetId: string) => void;
}

/** Asks which dataset's experiments to compare: items of different datasets have nothing in common. */
export function DatasetChoiceDialog({ experiments, onClose, onChoose }: DatasetChoiceDialogProps) {
  const byDataset = new Map<string, Experiment[]>();
  for (const experiment of experiments) byDataset.set(experiment.dataset_id, [...(byDataset.get(experiment.dataset_id) ?? []), experiment]);
  return (
    <Dialog open={experiments.length > 0} onOpenChange={onClose} title="Compare over which dataset?" description="Experiments can be compared when they ran over the same dataset.">
      <ul className="flex flex-col gap-1.5">
        {[...byDataset].map(([id, group]) => (
          <li key={id}>
            <button type="button" className="flex w-full flex-col rounded-md border border-line px-3 py-2 text-start hover:bg-hover" onClick={() => onChoose(id)}>
              <span className="text-sm font-medium">{group[0]?.dataset_name ?? "Deleted dataset"}</span>
              <span className="truncate text-xs text-muted">
                {plural(group.length, "experiment")}: {group.map(({ name }) => name).join(", ")}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
