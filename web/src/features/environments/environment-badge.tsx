import { useEnvironmentColors } from "./api";

/** Name of an environment with its colour. */
export function EnvironmentBadge({ name }: { name: string }) {
  const colorOf = useEnvironmentColors();
  return (
    <span className="inline-flex h-5 max-w-full min-w-0 items-center gap-1.5 rounded-full border border-line bg-surface px-2 text-xs font-medium whitespace-nowrap" title={name}>
      <span aria-hidden className="size-2 shrink-0 rounded-full" style={{ background: colorOf(name) }} />
      <span className="truncate">{name}</span>
    </span>
  );
}
