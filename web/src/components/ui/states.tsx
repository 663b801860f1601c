import { CircleAlert, RefreshCw, SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { messageOf } from "@/api/errors";
import { cn } from "@/lib/cn";
import { Button } from "./button";

/** A grey shape where content will be. Give it the content's size, so that nothing moves later. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("skeleton h-4 w-full", className)} />;
}

interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  /** What this place is for and what to do next. */
  children?: ReactNode;
  /** The next step, as a button. */
  action?: ReactNode;
  className?: string;
}

/** What stands in a place where nothing is yet. */
export function EmptyState({ icon, title, children, action, className }: EmptyStateProps) {
  return (
    <div className={cn("flex flex-col items-center justify-center gap-1 px-6 py-14 text-center", className)}>
      {icon && <div className="mb-2 flex size-10 items-center justify-center rounded-lg border border-line bg-sunken text-faint [&_svg]:size-5">{icon}</div>}
      <p className="text-base font-medium">{title}</p>
      {children && <div className="max-w-lg text-sm text-muted">{children}</div>}
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** What stands in a list when filters or a search leave nothing over. */
export function NoMatches({ what, onClear, className }: { what: string; onClear?: () => void; className?: string }) {
  return (
    <EmptyState
      icon={<SearchX />}
      title={`No ${what} match`}
      action={onClear && <Button onClick={onClear}>Clear search and filters</Button>}
      {...(className ? { className } : {})}
    >
      Try a wider time range or fewer conditions.
    </EmptyState>
  );
}

interface ErrorStateProps {
  /** What could not be shown: "The traces could not be loaded". */
  title: string;
  error: unknown;
  onRetry?: () => void;
  action?: ReactNode;
  className?: string;
}

/** What stands in a place whose content could not be loaded. */
export function ErrorState({ title, error, onRetry, action, className }: ErrorStateProps) {
  return (
    <div role="alert" className={cn("flex flex-col items-center justify-center gap-1 px-6 py-14 text-center", className)}>
      <CircleAlert className="mb-1 size-6 text-bad" />
      <p className="text-base font-medium">{title}</p>
      <p className="max-w-lg text-sm break-words whitespace-pre-line text-muted">{messageOf(error)}</p>
      <div className="mt-3 flex gap-2">
        {onRetry && (
          <Button onClick={onRetry}>
            <RefreshCw /> Try again
          </Button>
        )}
        {action}
      </div>
    </div>
  );
}
