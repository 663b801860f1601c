import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Database, FlaskConical, FolderKanban, LayoutDashboard, ListChecks, ListTree, type LucideIcon, MessageSquareText, MessagesSquare, Moon, Settings, Sparkles, Sun, TestTubeDiagonal } from "lucide-react";
import { Dialog } from "radix-ui";
import { type ReactNode, useEffect, useState } from "react";
import { useRouteParam } from "@/lib/route";
import { isUuid } from "@/lib/ids";
import { type Found, findById, findByName, type Kind, pathOf } from "./find/entities";
import { ALL_SECTIONS } from "./navigation";
import { setTheme, useIsDark } from "./theme";
import { useActiveProjectId } from "./use-active-project";
import { useWorkspace } from "./workspace";

const ICONS: Record<Kind, LucideIcon> = {
  project: FolderKanban,
  trace: ListTree,
  span: ListTree,
  thread: MessagesSquare,
  dataset: Database,
  "test suite": TestTubeDiagonal,
  experiment: FlaskConical,
  prompt: MessageSquareText,
  "annotation queue": ListChecks,
  dashboard: LayoutDashboard,
  optimization: Sparkles,
};

/** Milliseconds without typing after which the server is asked. */
const PAUSE = 150;

function useDebounced(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** Finds pages by name, and projects, datasets, experiments, prompts … by name or by a pasted id. */
export function CommandPalette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const isDark = useIsDark();
  const active = useActiveProjectId();
  const projectId = useRouteParam("projectId") ?? active;
  const [text, setText] = useState("");
  const wanted = useDebounced(text.trim());
  const search = useQuery({
    queryKey: ["find", wanted, projectId],
    queryFn: ({ signal }) => (isUuid(wanted) ? findById(wanted, signal) : findByName(wanted, projectId, signal)),
    enabled: wanted !== "",
    placeholderData: keepPreviousData,
  });
  const go = (path: string) => {
    onOpenChange(false);
    void navigate({ href: path, to: path });
  };
  const words = text.trim().toLowerCase();
  const fits = (label: string) => label.toLowerCase().includes(words);
  const found = wanted === "" || text.trim() === "" ? [] : (search.data ?? []);
  const sections = projectId ? ALL_SECTIONS.filter((section) => fits(section.label)) : [];
  const actions = [
    { value: "projects", icon: FolderKanban, label: "All projects", run: () => go(`/${workspace}/projects`) },
    { value: "dashboards", icon: LayoutDashboard, label: "Workspace dashboards", run: () => go(`/${workspace}/dashboards`) },
    { value: "configuration", icon: Settings, label: "Configuration", run: () => go(`/${workspace}/configuration`) },
    { value: "get-started", icon: Sparkles, label: "Get started: send the first trace", run: () => go(`/${workspace}/get-started`) },
    { value: "theme", icon: isDark ? Sun : Moon, label: `Switch to the ${isDark ? "light" : "dark"} theme`, run: () => setTheme(isDark ? "light" : "dark") },
  ].filter(({ label }) => fits(label));
  const isSearching = search.isFetching || text.trim() !== wanted;
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="animate-enter fixed top-[12vh] left-1/2 z-40 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-raised shadow-lg focus:outline-none"
        >
          <Dialog.Title className="sr-only">Search or jump to</Dialog.Title>
          <Command label="Search or jump to" shouldFilter={false} loop>
            <Command.Input
              autoFocus
              value={text}
              onValueChange={setText}
              placeholder="Name of a page, dataset, prompt … or any id"
              className="h-12 w-full border-b border-line bg-transparent px-4 text-base outline-none"
            />
            <Command.List className="max-h-[min(26rem,60vh)] overflow-y-auto p-1.5">
              {!isSearching && <Command.Empty className="px-3 py-8 text-center text-muted">{isUuid(wanted) ? "Nothing has this id" : "Nothing found"}</Command.Empty>}
              {found.length > 0 && (
                <Group heading="Found">
                  {found.map((item) => (
                    <FoundItem key={`${item.kind}-${item.id}`} found={item} onSelect={() => go(pathOf(item, workspace, active))} />
                  ))}
                </Group>
              )}
              {sections.length > 0 && (
                <Group heading="In this project">
                  {sections.map((section) => (
                    <Item key={section.path} value={`section-${section.path}`} icon={section.icon} onSelect={() => go(`/${workspace}/projects/${projectId ?? ""}/${section.path}`)}>
                      {section.label}
                    </Item>
                  ))}
                </Group>
              )}
              {actions.length > 0 && (
                <Group heading="Workspace">
                  {actions.map(({ value, icon, label, run }) => (
                    <Item key={value} value={value} icon={icon} onSelect={run}>
                      {label}
                    </Item>
                  ))}
                </Group>
              )}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group heading={heading} className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint">
      {children}
    </Command.Group>
  );
}

interface ItemProps {
  value: string;
  icon: LucideIcon;
  onSelect: () => void;
  hint?: string;
  children: ReactNode;
}

function Item({ value, icon: Icon, onSelect, hint, children }: ItemProps) {
  return (
    <Command.Item value={value} onSelect={onSelect} className="flex h-9 items-center gap-2.5 rounded-md px-2.5 data-[selected=true]:bg-hover">
      <Icon className="size-4 shrink-0 text-faint" />
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {hint && <span className="text-xs text-faint">{hint}</span>}
    </Command.Item>
  );
}

function FoundItem({ found, onSelect }: { found: Found; onSelect: () => void }) {
  return (
    <Item value={`${found.kind}-${found.id}`} icon={ICONS[found.kind]} onSelect={onSelect} hint={found.kind}>
      {found.name || found.id}
    </Item>
  );
}
