/** One server per test file, and a client with a project of its own per test. */

import { randomUUID } from "node:crypto";
import { after, before } from "node:test";
import { disableLogger, Opik } from "opik";
import { Server } from "./server.js";

disableLogger();

/** A client and the project it logs to, which no other test uses. */
export interface Bench {
  client: Opik;
  project: string;
  /** The base URL of the server. */
  apiUrl: string;
}

/** Registers start and stop of a server around the tests of a file; call the result once in every test. */
export function withServer(): () => Bench {
  let server: Server | undefined;
  before(async () => {
    server = await Server.start();
  });
  after(async () => {
    await server?.stop();
  });
  return () => {
    if (server === undefined) {
      throw new Error("the server is started before the first test");
    }
    const project = `test-${randomUUID()}`;
    const client = new Opik({ apiUrl: server.apiUrl, projectName: project, workspaceName: "default" });
    return { client, project, apiUrl: server.apiUrl };
  };
}

/** The only element of a list. */
export function only<T>(items: readonly T[]): T {
  const [first, ...rest] = items;
  if (first === undefined || rest.length > 0) {
    throw new Error(`expected one element, got ${items.length}`);
  }
  return first;
}

/** Feedback scores by name. */
export function scoresOf(entity: { feedbackScores?: { name: string; value: number }[] }): Record<string, number> {
  return Object.fromEntries((entity.feedbackScores ?? []).map((score) => [score.name, score.value]));
}
