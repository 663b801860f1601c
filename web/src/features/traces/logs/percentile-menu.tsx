import { Sigma } from "lucide-react";
import { IconButton } from "@/components/ui/button";
import { Menu, MenuLabel, MenuRadio } from "@/components/ui/menu";
import { formatDuration } from "@/lib/format";
import type { StatsByName } from "./api";
import { durationPercentiles, type Percentile, PERCENTILES } from "./common-columns";

interface PercentileMenuProps {
  stats: StatsByName | undefined;
  percentile: Percentile;
  onPercentileChange: (percentile: Percentile) => void;
}

/** Chooses which percentile of the durations stands under their header. */
export function PercentileMenu({ stats, percentile, onPercentileChange }: PercentileMenuProps) {
  const values = durationPercentiles(stats);
  return (
    <Menu
      trigger={
        <IconButton label="Statistic of durations" size="md" variant="secondary" className="max-md:hidden">
          <Sigma />
        </IconButton>
      }
    >
      <MenuLabel>Durations under the header</MenuLabel>
      <MenuRadio
        value={percentile}
        onValueChange={(next) => onPercentileChange(PERCENTILES.find((name) => name === next) ?? percentile)}
        options={PERCENTILES.map((name) => [name, `${name}: ${formatDuration(values[name])}`] as const)}
      />
    </Menu>
  );
}
