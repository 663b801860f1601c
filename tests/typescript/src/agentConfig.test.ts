import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { ConfigNotFoundError, flushAll, track, type Opik } from "opik";
import { withServer } from "./harness.js";

const bench = withServer();

interface Read {
  model: string;
  temperature: number;
  retries: number;
  verbose: boolean;
  version: string | undefined;
  fallback: boolean;
}

const FALLBACK = { model: "gpt-4o", temperature: 0.5, retries: 3, verbose: true };

describe("agent configurations", () => {
  let client: Opik;
  let project: string;

  beforeEach(() => {
    const { apiUrl, ...rest } = bench();
    ({ client, project } = rest);
    process.env["OPIK_URL_OVERRIDE"] = apiUrl;
  });

  /** A configuration as an agent reads it, which has to be inside of a trace. */
  const read = async (options: { env?: string; version?: string } = {}): Promise<Read> => {
    const agent = track({ projectName: project, name: "agent" }, async () => {
      const config = await client.getOrCreateConfig<typeof FALLBACK>({
        fallback: FALLBACK,
        projectName: project,
        ...options,
      });
      const { model, temperature, retries, verbose } = config;
      return { model, temperature, retries, verbose, version: config.blueprintVersion, fallback: config.isFallback };
    });
    const result = (await agent()) as Read;
    await flushAll();
    return result;
  };

  test("the first version is made from the fallback", async () => {
    const expected = { ...FALLBACK, version: "v1", fallback: false };
    assert.deepEqual(await read(), expected);
    assert.deepEqual(await read({ env: "prod" }), expected);
  });

  test("versions and environments", async () => {
    assert.equal(await client.createConfig(FALLBACK, { projectName: project, description: "first" }), "v1");
    assert.equal(await client.createConfig({ ...FALLBACK, model: "gpt-5" }, { projectName: project }), "v2");
    assert.equal((await read()).model, "gpt-4o");
    assert.equal((await read({ version: "latest" })).model, "gpt-5");
    await client.setConfigEnv({ version: "v2", env: "staging", projectName: project });
    assert.equal((await read({ env: "staging" })).model, "gpt-5");
    await assert.rejects(read({ version: "v7" }), ConfigNotFoundError);
  });
});
