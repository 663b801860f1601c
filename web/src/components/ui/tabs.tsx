import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

interface TabsProps {
  value: string;
  onValueChange: (value: string) => void;
  tabs: readonly { value: string; label: ReactNode; count?: number | undefined; disabled?: boolean }[];
  /** Tools at the end of the bar. */
  tools?: ReactNode;
  className?: string;
  listClassName?: string;
  /** `TabPanel`s. */
  children: ReactNode;
}

/** Views of one thing; keep the value in the URL. */
export function Tabs({ value, onValueChange, tabs, tools, className, listClassName, children }: TabsProps) {
  return (
    <Radix.Root value={value} onValueChange={onValueChange} className={cn("flex min-h-0 flex-col", className)}>
      <div className={cn("flex shrink-0 items-center gap-2 border-b border-line", listClassName)}>
        <Radix.List className="flex min-w-0 flex-1 items-center gap-4 overflow-x-auto [scrollbar-width:none]">
          {tabs.map((tab) => (
            <Radix.Trigger
              key={tab.value}
              value={tab.value}
              disabled={tab.disabled ?? false}
              className="-mb-px inline-flex h-9 items-center gap-1.5 border-b-2 border-transparent text-sm font-medium whitespace-nowrap text-muted transition-colors hover:text-ink disabled:opacity-50 data-[state=active]:border-ink data-[state=active]:text-ink"
            >
              {tab.label}
              {tab.count !== undefined && <span className="tabular rounded-full bg-sunken px-1.5 text-xs text-muted">{tab.count}</span>}
            </Radix.Trigger>
          ))}
        </Radix.List>
        {tools}
      </div>
      {children}
    </Radix.Root>
  );
}

export function TabPanel({ value, className, children }: { value: string; className?: string; children: ReactNode }) {
  return (
    <Radix.Content value={value} tabIndex={-1} className={cn("min-h-0 flex-1 focus:outline-none", className)}>
      {children}
    </Radix.Content>
  );
}
