import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const READY_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 20_000;

/** A binary that is under test: `FERROPIK_BIN`, else the debug build in cargo's target directory. */
function binary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(homedir(), ".cache/ferropik/target");
  return process.env.FERROPIK_BIN ?? path.join(target, "debug/ferropik");
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("the probe has no port");
  return address.port;
}

/** A server process over a data directory of its own. */
export class Server {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
    private readonly log: string,
  ) {}

  /** Starts the process and returns once the readiness probe answers 200. */
  static async start(log: string): Promise<Server> {
    const folder = mkdtempSync(path.join(tmpdir(), "ferropik-browser-"));
    const port = await freePort();
    const output = openSync(log, "w");
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(FERROPIK|OPIK)_/.test(name)));
    const child = spawn(binary(), ["serve", "--listen", `127.0.0.1:${port}`, "--data-dir", path.join(folder, "data")], {
      stdio: ["ignore", output, output],
      env,
    });
    closeSync(output);
    const server = new Server(`http://127.0.0.1:${port}`, folder, child, log);
    let failure: Error | undefined;
    child.once("error", (error) => (failure = error));
    const deadline = Date.now() + READY_DEADLINE_MS;
    while (failure === undefined && child.exitCode === null && Date.now() < deadline) {
      if (await server.isAlive()) return server;
      await sleep(50);
    }
    await server.stop();
    throw new Error(`${binary()} was not ready (${failure?.message ?? `exit code ${child.exitCode}`}):\n${server.logTail()}`);
  }

  /** Whether the readiness probe answers 200 now. */
  private async isAlive(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/is-alive/ping`, { signal: AbortSignal.timeout(5_000) })).ok;
    } catch {
      return false;
    }
  }

  /** Ends this process, and no other, and removes its data. */
  async stop(): Promise<void> {
    if (this.process.pid !== undefined && this.process.exitCode === null && this.process.signalCode === null) {
      const ended = new Promise((resolve) => this.process.once("exit", resolve));
      this.process.kill("SIGTERM");
      const impatience = setTimeout(() => this.process.kill("SIGKILL"), STOP_DEADLINE_MS);
      await ended;
      clearTimeout(impatience);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private logTail(): string {
    return readFileSync(this.log, "utf8").slice(-4_000);
  }
}
