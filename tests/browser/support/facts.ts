import { readFileSync } from "node:fs";
import path from "node:path";

/** Where everything goes that a run leaves behind; git ignores it. */
export const OUT = path.join(import.meta.dirname, "..", "out");

/** The scripts of `seed/`, in the order in which they run. */
export const SEEDS = ["demo", "hostile", "big"] as const;
export type Seed = (typeof SEEDS)[number];

/** The ids that a seed script printed, by the names it gave them. */
export type Ids = Readonly<Record<string, unknown>>;

/** What the tests know of the server that they drive. */
export interface Facts {
  /** Origin of the pages, without a slash at the end. */
  readonly url: string;
  readonly seeds: Readonly<Record<Seed, Ids>>;
}

export const FACTS_FILE = path.join(OUT, "facts.json");

/** What the global setup has written. */
export function readFacts(): Facts {
  return JSON.parse(readFileSync(FACTS_FILE, "utf8")) as Facts;
}

/** One id of the seed; a name that no script printed fails the test at once. */
export function seeded(facts: Facts, seed: Seed, name: string): string {
  const value = facts.seeds[seed][name];
  if (typeof value !== "string") throw new Error(`seed/${seed}.py prints no text named ${name}`);
  return value;
}

/** Several ids under one name of the seed. */
export function seededList(facts: Facts, seed: Seed, name: string): string[] {
  const value = facts.seeds[seed][name];
  if (!Array.isArray(value)) throw new Error(`seed/${seed}.py prints no list named ${name}`);
  return value.map(String);
}
