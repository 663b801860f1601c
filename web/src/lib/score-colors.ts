import { createContext, createElement, type ReactNode, useCallback, useContext } from "react";
import { colorOf, freeColor, SERIES, SERIES_COLORS } from "./colors";
import { storedValue, storeValue } from "./stored-state";

const KEY = "score-colors";
/** Names that get a place of their own. More than colours exist cannot be told apart anyway. */
const PLACES = SERIES;
const SAVE_AFTER_MS = 500;

/**
 * Gives every name the colour that follows from it, or, when a name seen before has that colour, the next free one: of
 * the few scores of a project no two look the same, and each looks the same on every page.
 */
export class ColorPlaces {
  readonly #colors: Map<string, string>;

  constructor(entries: Iterable<readonly [string, string]> = []) {
    this.#colors = new Map(entries);
  }

  /** Colour of a name. `onPlaced` is called when the name has taken a place. */
  of(name: string, onPlaced: () => void): string {
    const known = this.#colors.get(name);
    if (known !== undefined) return known;
    const first = colorOf(name);
    if (this.#colors.size >= PLACES) return first;
    const used = new Set(this.#colors.values());
    const color = used.has(first) ? (freeColor(used) ?? first) : first;
    this.#colors.set(name, color);
    onPlaced();
    return color;
  }

  entries(): [string, string][] {
    return [...this.#colors];
  }
}

let places: ColorPlaces | undefined;
let saving: ReturnType<typeof setTimeout> | undefined;

/** Places last as long as this browser keeps them. */
function placedColor(name: string): string {
  places ??= new ColorPlaces(storedPlaces());
  const current = places;
  return current.of(name, () => {
    clearTimeout(saving);
    saving = setTimeout(() => storeValue(KEY, current.entries()), SAVE_AFTER_MS);
  });
}

function storedPlaces(): [string, string][] {
  const stored = storedValue<unknown>(KEY);
  if (!Array.isArray(stored)) return [];
  return stored.filter((entry): entry is [string, string] => Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "string" && SERIES_COLORS.includes(entry[1])).slice(0, PLACES);
}

const Chosen = createContext<Readonly<Record<string, string>>>({});

/** Makes the colours that the workspace has chosen for scores known to everything below. */
export function ChosenScoreColors({ colors, children }: { colors: Readonly<Record<string, string>>; children: ReactNode }) {
  return createElement(Chosen, { value: colors }, children);
}

/** Colour of a score by its name: what the workspace has chosen, else a colour that other scores do not have. */
export function useScoreColor(): (name: string) => string {
  const chosen = useContext(Chosen);
  return useCallback((name: string) => (Object.hasOwn(chosen, name) ? chosen[name] : undefined) ?? placedColor(name), [chosen]);
}
