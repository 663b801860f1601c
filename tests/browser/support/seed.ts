import { execFile } from "node:child_process";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Ids, Seed } from "./facts.ts";

const DEADLINE_MS = 300_000;
const python = process.env.FERROPIK_PYTHON ?? path.join(homedir(), ".cache/ferropik/venvs/2.2.122/bin/python");

/** Runs one seed script with the Python SDK against a server and answers the ids that it printed. */
export async function runSeed(url: string, seed: Seed): Promise<Ids> {
  const script = path.join(import.meta.dirname, "..", "seed", `${seed}.py`);
  const { stdout } = await promisify(execFile)(python, [script], {
    env: { ...process.env, FERROPIK_URL: url, PYTHONDONTWRITEBYTECODE: "1" },
    timeout: DEADLINE_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Ids;
}
