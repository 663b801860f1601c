import { useSyncExternalStore } from "react";

/** `system` follows the operating system, also when that changes while the page is open. */
export type Theme = "light" | "dark" | "system";

export const THEMES = ["light", "dark", "system"] as const satisfies readonly Theme[];

/** Also read by public/theme.js, before the first paint. */
const KEY = "ferropik-theme";
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === stored) ?? "system";
  } catch {
    return "system";
  }
}

let theme = storedTheme();

function isDarkNow(): boolean {
  return theme === "dark" || (theme === "system" && systemDark.matches);
}

function apply(): void {
  document.documentElement.classList.toggle("dark", isDarkNow());
  listeners.forEach((listener) => listener());
}

systemDark.addEventListener("change", apply);
apply();

export function setTheme(next: Theme): void {
  theme = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // The choice then lasts as long as the page.
  }
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What the person has chosen. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme);
}

/** Whether dark colours are shown. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, isDarkNow);
}
