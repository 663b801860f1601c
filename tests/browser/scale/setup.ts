import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { OUT } from "../support/facts.ts";
import { Server } from "../support/server.ts";
import { type LoadedProject, loadProject } from "./load.ts";

const LOADED_FILE = path.join(OUT, "scale-loaded.json");
const SCORES = 12;
const MANY_SCORES = 60;
const WIDE_TRACES = 5_000;

/** A server and what it was filled with. */
export interface Loaded {
  readonly url: string;
  /** Many rows. */
  readonly long: LoadedProject;
  /** Many columns. */
  readonly wide: LoadedProject;
}

/** What the setup has written. */
export function readLoaded(): Loaded {
  return JSON.parse(readFileSync(LOADED_FILE, "utf8")) as Loaded;
}

async function fill(url: string): Promise<void> {
  const traces = Number(process.env.FERROPIK_SCALE_TRACES ?? 100_000);
  const long = await loadProject(url, "A hundred thousand traces", traces, SCORES);
  const wide = await loadProject(url, "Sixty scores", WIDE_TRACES, MANY_SCORES);
  writeFileSync(LOADED_FILE, JSON.stringify({ url, long, wide } satisfies Loaded, null, 2));
}

/** Starts a server and fills it, or fills the one at `FERROPIK_URL`, which keeps its data for the next run. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  mkdirSync(OUT, { recursive: true });
  const running = process.env.FERROPIK_URL?.replace(/\/+$/, "");
  if (running !== undefined && running !== "") {
    await fill(running);
    return undefined;
  }
  const server = await Server.start(path.join(OUT, "scale-server.log"));
  try {
    await fill(server.url);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return () => server.stop();
}
