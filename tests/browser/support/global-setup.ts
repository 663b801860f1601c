import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Facts, FACTS_FILE, type Ids, OUT, readFacts, SEEDS } from "./facts.ts";
import { runSeed } from "./seed.ts";
import { Server } from "./server.ts";

async function seedAll(url: string): Promise<Facts> {
  const seeds: Record<string, Ids> = {};
  // One after the other: they share the processors with the server that they fill.
  for (const seed of SEEDS) seeds[seed] = await runSeed(url, seed);
  const facts: Facts = { url, seeds: seeds as Facts["seeds"] };
  writeFileSync(FACTS_FILE, JSON.stringify(facts, null, 2));
  return facts;
}

/**
 * Starts a server and fills it; the function that is answered ends it.
 *
 * With `FERROPIK_URL` the tests drive what already runs there, such as the development server of the pages. It is
 * filled once: while `out/facts.json` names the same address, that is what is in it.
 */
export default async function globalSetup(): Promise<(() => Promise<void>) | undefined> {
  mkdirSync(OUT, { recursive: true });
  const running = process.env.FERROPIK_URL?.replace(/\/+$/, "");
  if (running !== undefined && running !== "") {
    if (!existsSync(FACTS_FILE) || readFacts().url !== running) await seedAll(running);
    return undefined;
  }
  const server = await Server.start(path.join(OUT, "server.log"));
  try {
    await seedAll(server.url);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return () => server.stop();
}
