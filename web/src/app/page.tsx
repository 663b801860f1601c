import { Link } from "@tanstack/react-router";
import { ChevronRight, Menu as MenuIcon } from "lucide-react";
import { createContext, Fragment, type ReactNode, useContext, useEffect } from "react";
import { IconButton } from "@/components/ui/button";
import { cn } from "@/lib/cn";

export interface Crumb {
  label: ReactNode;
  /** Path to go to; the last crumb has none. */
  to?: string;
}

interface Frame {
  /** Crumbs that stand before those of the page: the workspace and the project. */
  crumbs: readonly Crumb[];
  openMenu: () => void;
}

/** What the shell gives to its pages. */
export const FrameContext = createContext<Frame>({ crumbs: [], openMenu: () => undefined });

interface PageProps {
  /** Name of the page, in the tab of the browser and as its heading. */
  title: string;
  /** Replaces the title in the heading, e.g. by an editable name. */
  heading?: ReactNode;
  /** Crumbs between the project and this page. */
  crumbs?: readonly Crumb[];
  /** Buttons at the end of the top bar. */
  actions?: ReactNode;
  /** The content brings its own scrolling and padding, as tables over the whole page do. */
  isFull?: boolean;
  className?: string;
  children: ReactNode;
}

/** A page inside of the shell: its top bar with breadcrumbs, and its content. */
export function Page({ title, heading, crumbs = [], actions, isFull, className, children }: PageProps) {
  const frame = useContext(FrameContext);
  useEffect(() => {
    document.title = `${title} · Ferropik`;
  }, [title]);
  const path = [...frame.crumbs, ...crumbs];
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-12 shrink-0 items-center gap-2 border-b border-line bg-surface px-4 max-md:px-3">
        <IconButton label="Open the menu" className="md:hidden" onClick={frame.openMenu}>
          <MenuIcon />
        </IconButton>
        <nav aria-label="breadcrumb" className="flex min-w-0 flex-1 items-center gap-1 text-sm">
          {path.map((crumb, index) => (
            <Fragment key={index}>
              {crumb.to ? (
                <Link to={crumb.to} className={cn("min-w-0 max-w-56 truncate text-muted hover:text-ink", index < path.length - 1 && "max-md:hidden")}>
                  {crumb.label}
                </Link>
              ) : (
                <span className="min-w-0 max-w-56 truncate text-muted max-md:hidden">{crumb.label}</span>
              )}
              <ChevronRight aria-hidden className={cn("size-3.5 shrink-0 text-faint", index < path.length - 1 && "max-md:hidden")} />
            </Fragment>
          ))}
          <h1 aria-current="page" className="min-w-0 truncate font-semibold">
            {heading ?? title}
          </h1>
        </nav>
        {actions && <div className="flex shrink-0 items-center gap-1.5">{actions}</div>}
      </header>
      <div className={cn("min-h-0 flex-1", isFull ? "flex flex-col" : "overflow-y-auto p-6 max-md:p-4", className)}>{children}</div>
    </div>
  );
}
