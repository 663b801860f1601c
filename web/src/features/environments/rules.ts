/** Most characters of a name and of a description. */
export const MAX_NAME_CHARS = 150;
export const MAX_DESCRIPTION_CHARS = 500;
/** Most environments of a workspace. */
export const MAX_ENVIRONMENTS = 100;

/** Colours that the usual names have on every page, so that production is never mistaken. */
const FIXED: Readonly<Record<string, string>> = { production: "#19a979", staging: "#f4b400", development: "#ef6868" };

/** The colour that goes with a name whatever is stored, if it is one of the usual names. */
export function fixedColor(name: string): string | undefined {
  return FIXED[name.trim().toLowerCase()];
}

/** Why a name cannot be saved, or `undefined`. `taken` are the names of the other environments. */
export function nameProblem(name: string, taken: readonly string[]): string | undefined {
  if (name === "") return "Give it a name";
  if (!/^[A-Za-z0-9_-]+$/.test(name)) return "Use letters, digits, “_” and “-” only";
  if (name.length > MAX_NAME_CHARS) return `At most ${MAX_NAME_CHARS} characters`;
  const same = taken.find((other) => other.toLowerCase() === name.toLowerCase());
  return same === undefined ? undefined : `“${same}” exists already`;
}
