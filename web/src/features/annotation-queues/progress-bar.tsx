import { cn } from "@/lib/cn";

interface ProgressBarProps {
  /** From 0 to 1. */
  share: number;
  /** Name for screen readers. */
  label: string;
  className?: string;
}

/** How much of something is done. */
export function ProgressBar({ share, label, className }: ProgressBarProps) {
  const percent = Math.round(Math.max(0, Math.min(1, share)) * 100);
  return (
    <div role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} className={cn("h-1.5 w-full overflow-hidden rounded-full bg-line", className)}>
      <div className={cn("h-full rounded-full transition-[width] duration-300", share >= 1 ? "bg-good" : "bg-accent")} style={{ width: `${percent}%` }} />
    </div>
  );
}
