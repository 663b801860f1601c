import { cn } from "@/lib/cn";

const COLORS: Readonly<Record<string, string>> = {
  system: "bg-kind-guardrail",
  developer: "bg-kind-guardrail",
  user: "bg-side-input",
  assistant: "bg-side-output",
  tool: "bg-kind-tool",
};

/** Role of a message with its colour. */
export function Role({ name, className }: { name: string; className?: string }) {
  return (
    <span className={cn("inline-flex min-w-0 items-center gap-1.5 text-xs font-semibold", className)}>
      <span aria-hidden className={cn("size-2 shrink-0 rounded-full", COLORS[name] ?? "bg-faint")} />
      <span className="truncate">{name}</span>
    </span>
  );
}
