import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

interface CardProps {
  title?: ReactNode;
  /** Tools at the end of the title. */
  tools?: ReactNode;
  className?: string;
  bodyClassName?: string;
  children: ReactNode;
}

/** A framed part of a page. */
export function Card({ title, tools, className, bodyClassName, children }: CardProps) {
  return (
    <section className={cn("flex min-w-0 flex-col rounded-lg border border-line bg-surface", className)}>
      {(title !== undefined || tools !== undefined) && (
        <header className="flex min-h-10 items-center gap-2 px-4 pt-2">
          <h2 className="min-w-0 flex-1 truncate text-sm font-semibold">{title}</h2>
          {tools}
        </header>
      )}
      <div className={cn("min-h-0 flex-1 p-4", bodyClassName)}>{children}</div>
    </section>
  );
}
