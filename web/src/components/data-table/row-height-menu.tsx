import { Rows3 } from "lucide-react";
import { IconButton } from "@/components/ui/button";
import { Menu, MenuLabel, MenuRadio } from "@/components/ui/menu";
import { ROW_HEIGHTS, type RowHeight } from "./columns";

const LABELS: Record<RowHeight, string> = { small: "One line", medium: "Three lines", large: "Preview" };

interface RowHeightMenuProps {
  height: RowHeight;
  onHeightChange: (height: RowHeight) => void;
}

/** Chooses how much of each row is shown. */
export function RowHeightMenu({ height, onHeightChange }: RowHeightMenuProps) {
  return (
    <Menu
      trigger={
        <IconButton label="Row height" size="md" variant="secondary">
          <Rows3 />
        </IconButton>
      }
    >
      <MenuLabel>Row height</MenuLabel>
      <MenuRadio
        value={height}
        onValueChange={(value) => {
          const next = ROW_HEIGHTS.find((candidate) => candidate === value);
          if (next) onHeightChange(next);
        }}
        options={ROW_HEIGHTS.map((value) => [value, LABELS[value]] as const)}
      />
    </Menu>
  );
}
