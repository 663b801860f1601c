import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { PROJECT_SECTIONS } from "./navigation";
import { useActiveProjectId } from "./use-active-project";
import { useWorkspace } from "./workspace";

/** Finds pages and things by typing. */
export function CommandPalette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const projectId = useActiveProjectId();
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-overlay" />
        <Dialog.Content aria-describedby={undefined} className="animate-enter fixed top-[12vh] left-1/2 z-40 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-raised shadow-lg">
          <Dialog.Title className="sr-only">Search or jump to</Dialog.Title>
          <Command label="Search or jump to">
            <Command.Input autoFocus placeholder="Search or jump to…" className="h-12 w-full border-b border-line bg-transparent px-4 text-base outline-none" />
            <Command.List className="max-h-96 overflow-y-auto p-1.5">
              {PROJECT_SECTIONS.flatMap((group) => group.sections).map((section) => (
                <Command.Item
                  key={section.path}
                  onSelect={() => {
                    onOpenChange(false);
                    if (projectId) void navigate({ to: `/${workspace}/projects/${projectId}/${section.path}` });
                  }}
                  className="flex h-9 items-center gap-2 rounded-md px-2.5 data-[selected=true]:bg-hover"
                >
                  <section.icon className="size-4 text-faint" />
                  {section.label}
                </Command.Item>
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
