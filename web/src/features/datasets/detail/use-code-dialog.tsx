import { Dialog } from "@/components/ui";
import type { DatasetKind } from "../model";
import { SnippetView } from "../snippet-view";

interface UseCodeDialogProps {
  kind: DatasetKind;
  name: string;
  projectName: string;
  version: string | undefined;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Code that reads a dataset, runs an experiment on it or adds to it. */
export function UseCodeDialog({ kind, name, projectName, version, open, onOpenChange }: UseCodeDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} width="lg" title={`Use ${name}`} description={version ? `Version ${version}` : "The latest version"}>
      <SnippetView kind={kind} name={name} projectName={projectName} version={version} tasks={["experiment", "read", "insert"]} />
    </Dialog>
  );
}
