import { Monitor, Moon, Sun } from "lucide-react";
import { IconButton } from "@/components/ui/button";
import { Menu, MenuLabel, MenuRadio } from "@/components/ui/menu";
import { setTheme, THEMES, useIsDark, useTheme } from "./theme";

const LABELS = { light: "Light", dark: "Dark", system: "Like the system" } as const;

/** Chooses between light and dark colours. */
export function ThemeMenu() {
  const theme = useTheme();
  const isDark = useIsDark();
  return (
    <Menu
      align="start"
      trigger={<IconButton label="Theme">{theme === "system" ? <Monitor /> : isDark ? <Moon /> : <Sun />}</IconButton>}
    >
      <MenuLabel>Theme</MenuLabel>
      <MenuRadio
        value={theme}
        onValueChange={(value) => {
          const next = THEMES.find((candidate) => candidate === value);
          if (next) setTheme(next);
        }}
        options={THEMES.map((value) => [value, LABELS[value]] as const)}
      />
    </Menu>
  );
}
