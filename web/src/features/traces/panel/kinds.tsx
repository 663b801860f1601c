import { Bot, Route, ShieldCheck, Sparkles, Workflow, Wrench } from "lucide-react";
import { cn } from "@/lib/cn";
import type { NodeKind } from "./span-tree";

interface KindLook {
  label: string;
  icon: typeof Bot;
  /** Classes of an icon on its soft ground. */
  badge: string;
  /** Class of a bar in the waterfall. */
  bar: string;
}

const KINDS: Record<NodeKind, KindLook> = {
  trace: { label: "Trace", icon: Route, badge: "text-kind-trace bg-kind-trace-soft", bar: "bg-kind-trace" },
  llm: { label: "LLM call", icon: Sparkles, badge: "text-kind-llm bg-kind-llm-soft", bar: "bg-kind-llm" },
  general: { label: "Step", icon: Workflow, badge: "text-kind-general bg-kind-general-soft", bar: "bg-kind-general" },
  tool: { label: "Tool", icon: Wrench, badge: "text-kind-tool bg-kind-tool-soft", bar: "bg-kind-tool" },
  guardrail: { label: "Guardrail", icon: ShieldCheck, badge: "text-kind-guardrail bg-kind-guardrail-soft", bar: "bg-kind-guardrail" },
};

/** What a kind of node is called. */
export function kindLabel(kind: NodeKind): string {
  return KINDS[kind].label;
}

/** Class of the colour of a kind's bar. */
export function kindBar(kind: NodeKind): string {
  return KINDS[kind].bar;
}

/** The icon of a kind of node, in its colour. */
export function KindIcon({ kind, className }: { kind: NodeKind; className?: string }) {
  const { icon: Icon, badge, label } = KINDS[kind];
  return (
    <span role="img" aria-label={label} className={cn("flex size-5 shrink-0 items-center justify-center rounded-sm", badge, className)}>
      <Icon aria-hidden className="size-3" />
    </span>
  );
}
