import { useEffect, useRef } from "react";

const isMac = /mac|iphone|ipad/i.test(navigator.userAgent);

/** How the key that makes commands is written on this machine. */
export const modifierKey = isMac ? "⌘" : "Ctrl ";

/** Milliseconds in which the second key of `g l` has to follow. */
const SEQUENCE_MILLIS = 1200;

/** Whether typing goes into a field, so that letters are not commands. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/**
 * Runs commands on keys. Names: `?`, `j`, `g l` (one after the other), `mod+k`, `shift+enter`, `escape`. Letters are left
 * alone while somebody types; combinations with `mod` are not. A handler may return `false` to let the key pass.
 */
export function useShortcuts(commands: Readonly<Record<string, (event: KeyboardEvent) => unknown>>, isEnabled = true): void {
  const latest = useRef(commands);
  useEffect(() => {
    latest.current = commands;
  });
  useEffect(() => {
    if (!isEnabled) return undefined;
    let pending: { key: string; at: number } | undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const hasModifier = event.metaKey || event.ctrlKey;
      if (event.altKey || (isTyping(event) && !hasModifier && event.key !== "Escape")) return;
      const key = event.key === " " ? "space" : event.key.toLowerCase();
      const isWord = key.length > 1;
      const name = `${hasModifier ? "mod+" : ""}${event.shiftKey && (isWord || hasModifier) ? "shift+" : ""}${key}`;
      const sequence = pending && event.timeStamp - pending.at < SEQUENCE_MILLIS ? `${pending.key} ${name}` : undefined;
      const command = (sequence ? latest.current[sequence] : undefined) ?? latest.current[name];
      pending = command ? undefined : { key: name, at: event.timeStamp };
      if (command && command(event) !== false) event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [isEnabled]);
}
