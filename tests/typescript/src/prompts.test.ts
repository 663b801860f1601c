import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChatPrompt, Prompt, PromptType } from "opik";
import { only, withServer } from "./harness.js";

const bench = withServer();

describe("prompts", () => {
  test("text", async () => {
    const { client, project } = bench();
    const name = `prompt-${project}`;
    const created = await client.createPrompt({
      name,
      prompt: "Hello {{who}} 日本",
      metadata: { n: 1 },
      description: "says hello",
      tags: ["a", "b"],
    });
    assert.match(created.commit ?? "", /^[0-9a-f]{8}$/);
    const found = await client.getPrompt({ name });
    assert.ok(found);
    assert.deepEqual([found.prompt, found.commit, found.id], ["Hello {{who}} 日本", created.commit, created.id]);
    assert.deepEqual([found.metadata, found.description, found.tags], [{ n: 1 }, "says hello", ["a", "b"]]);
    assert.equal(found.format({ who: "world" }), "Hello world 日本");
    assert.equal(await client.getPrompt({ name: `${name}-other` }), null);
  });

  test("versions", async () => {
    const { client, project } = bench();
    const name = `prompt-${project}`;
    const first = await client.createPrompt({ name, prompt: "one" });
    const same = await client.createPrompt({ name, prompt: "one" });
    assert.equal(same.commit, first.commit);
    const second = await client.createPrompt({ name, prompt: "two", type: PromptType.MUSTACHE });
    assert.notEqual(second.commit, first.commit);
    assert.equal((await client.getPrompt({ name, commit: first.commit ?? "" }))?.prompt, "one");
    const versions = await second.getVersions();
    assert.deepEqual(versions.map((version) => version.prompt), ["two", "one"]);
    assert.deepEqual((await second.getVersions({ search: "on" })).map((version) => version.prompt), ["one"]);

    const oldest = versions[1];
    assert.ok(oldest);
    const restored = await second.useVersion(oldest);
    assert.equal(restored.prompt, "one");
    assert.equal((await client.getPrompt({ name }))?.prompt, "one");
    assert.equal((await second.getVersions()).length, 3);
  });

  test("chat", async () => {
    const { client, project } = bench();
    const name = `chat-${project}`;
    const messages = [
      { role: "system" as const, content: "Answer in {{language}}" },
      { role: "user" as const, content: "{{question}}" },
    ];
    const created = await client.createChatPrompt({ name, messages });
    const found = await client.getChatPrompt({ name });
    assert.ok(found instanceof ChatPrompt);
    assert.deepEqual([found.messages, found.commit], [messages, created.commit]);
    assert.equal(found.format({ language: "French", question: "why" })[1]?.content, "why");
  });

  test("properties", async () => {
    const { client, project } = bench();
    const name = `prompt-${project}`;
    const prompt = await client.createPrompt({ name, prompt: "x" });
    await prompt.updateProperties({ name: `${name} renamed`, description: "described", tags: ["t"] });
    const found = await client.getPrompt({ name: `${name} renamed` });
    assert.deepEqual([found?.id, found?.description, found?.tags], [prompt.id, "described", ["t"]]);
    assert.equal(await client.getPrompt({ name }), null);
  });

  test("search and deletion", async () => {
    const { client, project } = bench();
    const text = await client.createPrompt({ name: `${project}-text`, prompt: "x", tags: ["blue"] });
    await client.createChatPrompt({ name: `${project}-chat`, messages: [{ role: "user", content: "x" }] });
    const search = async (query: string) =>
      (await client.searchPrompts(`name contains "${project}"${query}`)).map((prompt) => prompt.name).toSorted();
    assert.deepEqual(await search(""), [`${project}-chat`, `${project}-text`]);
    assert.deepEqual(await search(' AND tags contains "blue"'), [`${project}-text`]);
    assert.deepEqual(await search(' AND template_structure = "chat"'), [`${project}-chat`]);
    assert.ok(text instanceof Prompt && text.id !== undefined);
    await client.deletePrompts([text.id]);
    assert.deepEqual(await search(""), [`${project}-chat`]);
  });

  test("tags of versions", async () => {
    const { client, project } = bench();
    const name = `prompt-${project}`;
    const first = await client.createPrompt({ name, prompt: "one" });
    assert.ok(first.versionId);
    await client.updatePromptVersionTags([first.versionId], { tags: ["live"] });
    assert.deepEqual(only(await first.getVersions()).tags, ["live"]);
  });
});

describe("environments", () => {
  test("life cycle", async () => {
    const { client } = bench();
    const name = "canary";
    const created = await client.createEnvironment(name, { description: "few", color: "#112233" });
    const updated = await client.updateEnvironment(name, { description: "many" });
    assert.deepEqual([updated.id, updated.description, updated.color], [created.id, "many", "#112233"]);
    const names = async () => (await client.getEnvironments()).map((environment) => environment.name);
    assert.ok((await names()).includes(name));
    await client.deleteEnvironment(name);
    assert.ok(!(await names()).includes(name));
  });
});
