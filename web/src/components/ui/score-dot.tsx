import { cn } from "@/lib/cn";
import { useScoreColor } from "@/lib/score-colors";

interface ScoreDotProps {
  name: string;
  /** CSS colour instead of that of the score, for one that is being chosen. */
  color?: string | undefined;
  /** Size and place, by default 8 pixels. */
  className?: string;
}

/** The dot in the colour of a score that stands before its name. */
export function ScoreDot({ name, color, className }: ScoreDotProps) {
  const colorOf = useScoreColor();
  return <span aria-hidden className={cn("size-2 shrink-0 rounded-full", className)} style={{ background: color ?? colorOf(name) }} />;
}
