import { Link } from "@tanstack/react-router";
import { ChevronLeft, FolderKanban, LayoutDashboard, type LucideIcon, PanelLeftClose, PanelLeftOpen, Search, Settings } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { useLocationNow, useRouteParam } from "@/lib/route";
import { Logo } from "./logo";
import { PROJECT_SECTIONS } from "./navigation";
import { ProjectSwitcher } from "./project-switcher";
import { modifierKey } from "./shortcuts";
import { ThemeMenu } from "./theme-menu";
import { useActiveProjectId } from "./use-active-project";
import { useWorkspace } from "./workspace";

interface SidebarProps {
  /** Icons only. */
  isNarrow: boolean;
  onToggle?: () => void;
  onOpenPalette: () => void;
}

/** The menu at the side: a project's sections, or what belongs to the workspace. */
export function Sidebar({ isNarrow, onToggle, onOpenPalette }: SidebarProps) {
  const workspace = useWorkspace();
  const inUrl = useRouteParam("projectId");
  const active = useActiveProjectId();
  const projectId = inUrl ?? active;
  return (
    <nav aria-label="Main" className={cn("flex h-full min-h-0 flex-col bg-ground", isNarrow ? "w-13" : "w-60")}>
      <div className={cn("flex h-12 shrink-0 items-center gap-2", isNarrow ? "justify-center" : "px-3")}>
        <Link to="/$workspace/projects" params={{ workspace }} aria-label="Ferropik, all projects" className="flex min-w-0 items-center gap-2 rounded-md">
          <Logo className="size-6 shrink-0" />
          {!isNarrow && <span className="text-base font-semibold tracking-tight">Ferropik</span>}
        </Link>
        {!isNarrow && onToggle && (
          <IconButton label="Make the menu narrow" className="ms-auto" onClick={onToggle}>
            <PanelLeftClose />
          </IconButton>
        )}
      </div>
      <div className={cn("flex shrink-0 flex-col gap-1", isNarrow ? "items-center" : "px-2")}>
        <ProjectSwitcher isNarrow={isNarrow} projectId={projectId} />
        <Tooltip content={isNarrow ? "Search or jump to…" : undefined} side="right">
          <button
            type="button"
            onClick={onOpenPalette}
            aria-label="Search or jump to"
            className={cn("flex h-8 items-center gap-2 rounded-md text-faint hover:bg-hover hover:text-ink", isNarrow ? "w-8 justify-center" : "px-2")}
          >
            <Search className="size-4 shrink-0" />
            {!isNarrow && (
              <>
                <span className="flex-1 text-start">Search or jump to…</span>
                <Kbd>{modifierKey}K</Kbd>
              </>
            )}
          </button>
        </Tooltip>
      </div>
      <div className={cn("min-h-0 flex-1 overflow-y-auto py-2", isNarrow ? "px-2.5" : "px-2")}>
        {projectId ? (
          PROJECT_SECTIONS.map((group, index) => (
            <div key={index} className="mb-2">
              {group.label && (isNarrow ? <div className="mx-1 my-2 h-px bg-line" /> : <p className="px-2 pt-2 pb-1 text-xs font-medium text-faint">{group.label}</p>)}
              {group.sections.map((section) => (
                <Entry key={section.path} to={`/${workspace}/projects/${projectId}/${section.path}`} icon={section.icon} isNarrow={isNarrow}>
                  {section.label}
                </Entry>
              ))}
            </div>
          ))
        ) : (
          <Entry to={`/${workspace}/get-started`} icon={ChevronLeft} isNarrow={isNarrow}>
            Get started
          </Entry>
        )}
      </div>
      <div className={cn("shrink-0 border-t border-line py-2", isNarrow ? "px-2.5" : "px-2")}>
        {!isNarrow && <p className="px-2 pt-1 pb-1 text-xs font-medium text-faint">Workspace</p>}
        <Entry to={`/${workspace}/projects`} icon={FolderKanban} isNarrow={isNarrow} isExact>
          Projects
        </Entry>
        <Entry to={`/${workspace}/dashboards`} icon={LayoutDashboard} isNarrow={isNarrow}>
          Workspace dashboards
        </Entry>
        <Entry to={`/${workspace}/configuration`} icon={Settings} isNarrow={isNarrow}>
          Configuration
        </Entry>
        <div className={cn("mt-1 flex gap-1", isNarrow && "flex-col")}>
          <ThemeMenu />
          {isNarrow && onToggle && (
            <IconButton label="Make the menu wide" onClick={onToggle}>
              <PanelLeftOpen />
            </IconButton>
          )}
        </div>
      </div>
    </nav>
  );
}

interface EntryProps {
  to: string;
  icon: LucideIcon;
  isNarrow: boolean;
  /** Only this path marks the entry, not those under it. */
  isExact?: boolean;
  children: ReactNode;
}

function Entry({ to, icon: Icon, isNarrow, isExact, children }: EntryProps) {
  const path = useLocationNow().pathname;
  const isHere = path === to || (!isExact && path.startsWith(`${to}/`));
  return (
    <Tooltip content={isNarrow ? children : undefined} side="right">
      <Link
        to={to}
        aria-current={isHere ? "page" : undefined}
        className={cn(
          "flex h-8 items-center gap-2 rounded-md text-sm",
          isNarrow ? "w-8 justify-center" : "px-2",
          isHere ? "bg-hover font-medium text-ink" : "text-muted hover:bg-hover hover:text-ink",
        )}
      >
        <Icon className={cn("size-4 shrink-0", isHere && "text-brand")} />
        {isNarrow ? <span className="sr-only">{children}</span> : <span className="truncate">{children}</span>}
      </Link>
    </Tooltip>
  );
}
