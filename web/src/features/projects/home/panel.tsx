import { Link } from "@tanstack/react-router";
import { ArrowRight, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/states";

interface PanelProps<Data> {
  title: string;
  /** Link to all of them. */
  more?: { label: string; href: string };
  query: { data: Data | undefined; error: unknown; refetch: () => unknown };
  /** Shown when there is nothing, with what to do about it. */
  empty: ReactNode;
  isEmpty: (data: Data) => boolean;
  /** Lines of the placeholder. */
  lines: number;
  children: (data: Data) => ReactNode;
}

/** A list on the home of a project, with its states. */
export function Panel<Data>({ title, more, query, empty, isEmpty, lines, children }: PanelProps<Data>) {
  return (
    <section aria-label={title} className="flex min-w-0 flex-col rounded-lg border border-line bg-surface">
      <header className="flex min-h-10 items-center gap-2 ps-4 pe-2 pt-1.5">
        <h2 className="min-w-0 flex-1 truncate text-sm font-semibold">{title}</h2>
        {more && (
          <Button asChild size="sm" variant="ghost">
            <Link to={more.href}>
              {more.label} <ArrowRight />
            </Link>
          </Button>
        )}
      </header>
      <div className="min-h-0 flex-1 px-2 pb-2">
        {query.data === undefined ? (
          query.error ? (
            <div role="alert" className="flex flex-col items-center gap-2 px-2 py-8 text-center text-sm text-muted">
              <p>{messageOf(query.error)}</p>
              <Button size="sm" onClick={() => void query.refetch()}>
                <RotateCw /> Try again
              </Button>
            </div>
          ) : (
            Array.from({ length: lines }, (_, index) => <Skeleton key={index} className="m-2 h-8 w-auto" />)
          )
        ) : isEmpty(query.data) ? (
          <div className="px-2 py-8 text-center text-sm text-muted">{empty}</div>
        ) : (
          children(query.data)
        )}
      </div>
    </section>
  );
}
