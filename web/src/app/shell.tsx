import { Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { Sheet } from "@/components/ui/sheet";
import { useRouteParam } from "@/lib/route";
import { useStoredState } from "@/lib/stored-state";
import { ALL_SECTIONS } from "./navigation";
import { FrameContext } from "./page";
import { useShortcuts } from "./shortcuts";
import { Sidebar } from "./sidebar";
import { useActiveProjectId } from "./use-active-project";
import { useWorkspace } from "./workspace";

const CommandPalette = lazy(() => import("./command-palette").then((module) => ({ default: module.CommandPalette })));
const ShortcutHelp = lazy(() => import("./shortcut-help").then((module) => ({ default: module.ShortcutHelp })));

/** The frame of all pages: the menu at the side, the command palette and the keys that work everywhere. */
export function Shell() {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const projectInUrl = useRouteParam("projectId");
  const active = useActiveProjectId();
  const projectId = projectInUrl ?? active;
  const [isNarrow, setIsNarrow] = useStoredState("sidebar-narrow", false);
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const [isPaletteOpen, setIsPaletteOpen] = useState(false);
  const [isHelpOpen, setIsHelpOpen] = useState(false);

  const goTo = Object.fromEntries(
    ALL_SECTIONS.map((section) => [`g ${section.key}`, () => projectId !== undefined && navigate({ to: `/${workspace}/projects/${projectId}/${section.path}` })]),
  );
  useShortcuts({
    ...goTo,
    "g w": () => navigate({ to: "/$workspace/projects", params: { workspace } }),
    "g c": () => navigate({ to: `/${workspace}/configuration` }),
    "mod+k": () => setIsPaletteOpen(true),
    "?": () => setIsHelpOpen(true),
    "[": () => setIsNarrow(!isNarrow),
    "/": () => {
      const field = document.querySelector<HTMLInputElement>("[role=dialog] input[data-search], main input[data-search]");
      field?.focus();
      return field !== null;
    },
  });
  const frame = useMemo(() => ({ crumbs: [], openMenu: () => setIsMenuOpen(true) }), []);
  return (
    <FrameContext value={frame}>
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-60 focus:rounded-md focus:bg-raised focus:px-3 focus:py-2 focus:shadow-md">
        Skip to the content
      </a>
      <div className="flex h-dvh">
        <div className="shrink-0 border-e border-line max-md:hidden lg:hidden">
          <Sidebar isNarrow onOpenPalette={() => setIsPaletteOpen(true)} />
        </div>
        <div className="shrink-0 border-e border-line max-lg:hidden">
          <Sidebar isNarrow={isNarrow} onToggle={() => setIsNarrow(!isNarrow)} onOpenPalette={() => setIsPaletteOpen(true)} />
        </div>
        <main id="main" tabIndex={-1} className="min-w-0 flex-1 bg-ground focus:outline-none">
          <Outlet />
        </main>
      </div>
      <Sheet open={isMenuOpen} onOpenChange={setIsMenuOpen} label="Menu" side="left" className="max-w-60 bg-ground">
        {/* A click that has led somewhere closes the menu. */}
        <div
          className="h-full"
          onClick={(event) => {
            if (event.target instanceof Element && event.target.closest("a")) setIsMenuOpen(false);
          }}
        >
          <Sidebar
            isNarrow={false}
            onOpenPalette={() => {
              setIsMenuOpen(false);
              setIsPaletteOpen(true);
            }}
          />
        </div>
      </Sheet>
      <Suspense>
        {isPaletteOpen && <CommandPalette open onOpenChange={setIsPaletteOpen} />}
        {isHelpOpen && <ShortcutHelp open onOpenChange={setIsHelpOpen} />}
      </Suspense>
    </FrameContext>
  );
}
