import { Link } from "@tanstack/react-router";
import { Keyboard, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Logo } from "@/app/logo";
import { modifierKey, useShortcuts } from "@/app/shortcuts";
import { ThemeMenu } from "@/app/theme-menu";
import { Button, IconButton } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { Tooltip } from "@/components/ui/tooltip";

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["1 … 9", "Choose a category, or type a number"],
  [`${modifierKey.trim()} ↵`, "Submit and go to the next item"],
  ["J", "Next item"],
  ["K", "Previous item"],
  ["S", "Skip"],
  ["F", "First score"],
  ["R", "Give a reason for the score"],
  ["X", "Take the score back"],
  ["C", "Comment"],
  ["Esc", "Leave the field"],
  ["↑ ↓ Space", "Scroll the item"],
  ["?", "Show this help"],
];

interface AnnotatorFrameProps {
  title: string;
  /** Where the cross leads. */
  exitTo?: string | undefined;
  /** At the start of the bar, before the title. */
  tools?: ReactNode;
  /** In the middle of the bar. */
  status?: ReactNode;
  children: ReactNode;
}

/** The quiet frame of the pages for reviewers: a bar and nothing else. */
export function AnnotatorFrame({ title, exitTo, tools, status, children }: AnnotatorFrameProps) {
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  useShortcuts({ "?": () => setIsHelpOpen(true) });
  return (
    <div className="flex h-dvh flex-col bg-ground">
      <header className="flex min-h-12 shrink-0 items-center gap-3 border-b border-line bg-surface px-4 max-lg:gap-2 max-lg:px-3">
        {tools}
        <Logo className="size-5 shrink-0 max-lg:hidden" />
        <h1 className="min-w-0 truncate text-sm font-semibold" title={title}>
          {title}
        </h1>
        <div className="flex min-w-0 flex-1 items-center justify-end gap-4 max-lg:gap-2">{status}</div>
        <div className="flex shrink-0 items-center gap-0.5">
          <IconButton label="Keyboard shortcuts" shortcut="?" className="max-lg:hidden" onClick={() => setIsHelpOpen(true)}>
            <Keyboard />
          </IconButton>
          <span className="max-lg:hidden">
            <ThemeMenu />
          </span>
          {exitTo && (
            <Tooltip content="Close">
              <Button asChild variant="ghost" size="sm" className="w-7 px-0">
                <Link to={exitTo} aria-label="Close">
                  <X />
                </Link>
              </Button>
            </Tooltip>
          )}
        </div>
      </header>
      <main className="flex min-h-0 flex-1 flex-col">{children}</main>
      <Dialog open={isHelpOpen} onOpenChange={setIsHelpOpen} title="Keyboard shortcuts">
        <dl className="flex flex-col gap-2 pt-1">
          {KEYS.map(([keys, what]) => (
            <div key={keys} className="flex items-center justify-between gap-4">
              <dt className="text-sm">{what}</dt>
              <dd className="flex gap-1">
                {keys.split(" ").map((key) => (key === "…" ? <span key={key}>…</span> : <Kbd key={key}>{key}</Kbd>))}
              </dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </div>
  );
}
