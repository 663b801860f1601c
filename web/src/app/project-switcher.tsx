import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Check, ChevronsUpDown, FolderKanban } from "lucide-react";
import { useState } from "react";
import { Popover } from "@/components/ui/popover";
import { projectListQuery, projectQuery } from "@/features/projects/api";
import { cn } from "@/lib/cn";
import { colorOf } from "@/lib/colors";
import { formatRelative } from "@/lib/format";
import { useLocationNow, useRouteParam } from "@/lib/route";
import { ALL_SECTIONS } from "./navigation";
import { useWorkspace } from "./workspace";

interface ProjectSwitcherProps {
  isNarrow: boolean;
  projectId: string | undefined;
}

/** Chooses the project; the section stays, and so does what of its state means the same in another project. */
export function ProjectSwitcher({ isNarrow, projectId }: ProjectSwitcherProps) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const current = useQuery({ ...projectQuery(projectId ?? ""), enabled: projectId !== undefined });
  const list = useQuery({ ...projectListQuery(text.trim()), enabled: open, placeholderData: keepPreviousData });
  const inProject = useRouteParam("projectId") !== undefined;
  const location = useLocationNow();

  const hrefOf = (id: string) => {
    const segment = inProject ? location.pathname.split("/")[4] : undefined;
    const section = ALL_SECTIONS.find((candidate) => candidate.path === segment);
    const kept = (section?.portable ?? []).flatMap((key) => {
      const value = location.search[key];
      return value === undefined ? [] : [[key, value]];
    });
    const query = new URLSearchParams(kept).toString();
    return `/${workspace}/projects/${id}/${section?.path ?? "home"}${query ? `?${query}` : ""}`;
  };
  const name = current.data?.name;
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label="Projects"
      className="w-80 overflow-hidden p-0"
      trigger={
        <button
          type="button"
          aria-label={name ? `Project ${name}, choose another` : "Choose a project"}
          className={cn("flex h-9 items-center gap-2 rounded-md border border-line bg-surface shadow-sm hover:bg-hover", isNarrow ? "w-9 justify-center" : "px-2")}
        >
          {name ? <Avatar name={name} /> : <FolderKanban className="size-4 text-faint" />}
          {!isNarrow && (
            <>
              <span className="min-w-0 flex-1 truncate text-start font-medium">{name ?? "Choose a project"}</span>
              <ChevronsUpDown className="size-3.5 text-faint" />
            </>
          )}
        </button>
      }
    >
      <Command label="Projects" shouldFilter={false} className="flex max-h-96 flex-col">
        <Command.Input value={text} onValueChange={setText} placeholder="Find a project…" className="h-10 border-b border-line bg-transparent px-3 outline-none" />
        <Command.List className="min-h-0 flex-1 overflow-y-auto p-1">
          <Command.Empty className="px-2 py-4 text-center text-muted">{list.isFetching ? "Searching…" : "No project has this name"}</Command.Empty>
          {list.data?.content.map((project) => (
            <Command.Item
              key={project.id}
              value={project.id}
              onSelect={() => {
                setOpen(false);
                setText("");
                if (project.id) void navigate({ href: hrefOf(project.id) });
              }}
              className="flex h-9 items-center gap-2 rounded-md px-2 data-[selected=true]:bg-hover"
            >
              <Avatar name={project.name} />
              <span className="min-w-0 flex-1 truncate">{project.name}</span>
              <span className="text-xs text-faint">{formatRelative(project.last_updated_trace_at ?? project.last_updated_at)}</span>
              {project.id === projectId && <Check className="size-3.5 text-accent" />}
            </Command.Item>
          ))}
        </Command.List>
      </Command>
    </Popover>
  );
}

function Avatar({ name }: { name: string }) {
  return (
    <span aria-hidden className="flex size-5 shrink-0 items-center justify-center rounded-sm text-xs font-semibold text-surface" style={{ background: colorOf(name) }}>
      {String.fromCodePoint(name.trim().codePointAt(0) ?? 0x2022).toUpperCase()}
    </span>
  );
}
