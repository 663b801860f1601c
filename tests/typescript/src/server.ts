/** Starts the server binary for a test file and stops it by its process id. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const READY_DEADLINE_MS = 60_000;

function binary(): string {
  const target = process.env["CARGO_TARGET_DIR"] ?? join(homedir(), ".cache/ferropik/target");
  return process.env["FERROPIK_BIN"] ?? join(target, "debug", "ferropik");
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") {
    throw new Error("a TCP socket has a port");
  }
  return address.port;
}

/** A running server with a data directory of its own. */
export class Server {
  private constructor(
    private readonly process: ChildProcess,
    private readonly home: string,
    /** The base URL the SDK is configured with. */
    readonly apiUrl: string,
  ) {}

  /** Starts a server and resolves once its readiness probe answers 200. */
  static async start(): Promise<Server> {
    const home = await mkdtemp(join(tmpdir(), "ferropik-typescript-"));
    const port = await freePort();
    const log = await open(join(home, "server.log"), "a");
    const child = spawn(
      binary(),
      ["serve", "--listen", `127.0.0.1:${port}`, "--data-dir", join(home, "data")],
      { stdio: ["ignore", log.fd, log.fd] },
    );
    await log.close();
    const server = new Server(child, home, `http://127.0.0.1:${port}/api`);
    const deadline = Date.now() + READY_DEADLINE_MS;
    while (!(await server.isAlive())) {
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill("SIGKILL");
        throw new Error(`the server did not start:\n${await readFile(join(home, "server.log"), "utf8")}`);
      }
      await sleep(20);
    }
    return server;
  }

  private async isAlive(): Promise<boolean> {
    try {
      return (await fetch(`${this.apiUrl}/is-alive/ping`)).ok;
    } catch {
      return false;
    }
  }

  /** Asks the process to end, waits for it and removes its data. */
  async stop(): Promise<void> {
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    const [status] = (await ended) as [number | null];
    await rm(this.home, { recursive: true });
    if (status !== 0) {
      throw new Error(`the server ended with ${String(status)}`);
    }
  }
}
