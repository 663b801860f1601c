import { Pause, Play } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";

interface LiveSwitchProps {
  isLive: boolean;
  /** Live, but waiting until the reader is back at the top. */
  isHeld: boolean;
  onLiveChange: (isLive: boolean) => void;
}

/** Follows new rows as they come in, or keeps the page still. */
export function LiveSwitch({ isLive, isHeld, onLiveChange }: LiveSwitchProps) {
  return (
    <Tooltip content={isLive ? (isHeld ? "Waiting until you are back at the top. Click to pause" : "New rows appear by themselves. Click to pause") : "Follow new rows"}>
      <Button role="switch" aria-checked={isLive} aria-label="Live" onClick={() => onLiveChange(!isLive)} className={cn(isLive && "text-good")}>
        {isLive ? <Pause /> : <Play />}
        <span className="max-md:hidden">Live</span>
        {isLive && <span aria-hidden className={cn("size-1.5 rounded-full bg-good", !isHeld && "animate-pulse")} />}
      </Button>
    </Tooltip>
  );
}
