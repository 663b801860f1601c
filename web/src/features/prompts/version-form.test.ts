import { describe, expect, it } from "vitest";
import { textMessage } from "./chat-template";
import { draftOf, emptyForm, formVariables, switchMode } from "./version-form";

describe("the form of a version", () => {
  it("needs a template", () => {
    expect(draftOf(emptyForm("text"))).toEqual({ problems: { template: "Write a template" } });
    expect(draftOf({ ...emptyForm("chat"), messages: [] })).toHaveProperty("problems.template");
  });

  it("checks the metadata", () => {
    expect(draftOf({ ...emptyForm("text"), text: "x", metadata: "{" })).toHaveProperty("problems.metadata");
    expect(draftOf({ ...emptyForm("text"), text: "x", metadata: '{"a":1}' })).toMatchObject({ draft: { metadata: { a: 1 } } });
    expect(draftOf({ ...emptyForm("text"), text: "x", metadata: " " })).toMatchObject({ draft: { metadata: undefined } });
  });

  it("writes messages as JSON", () => {
    const form = { ...emptyForm("chat"), messages: [textMessage("user", "Hi {{name}}")] };
    expect(draftOf(form)).toMatchObject({ draft: { template: '[{"role":"user","content":"Hi {{name}}"}]' } });
    expect(formVariables(form)).toEqual(["name"]);
  });

  it("turns to JSON and back without losing a message", () => {
    const form = { ...emptyForm("chat"), messages: [textMessage("system", "a"), textMessage("user", "b")] };
    const json = switchMode(form, true);
    expect(JSON.parse(json.text)).toHaveLength(2);
    expect(switchMode(json, false).messages.map(({ role }) => role)).toEqual(["system", "user"]);
  });

  it("stays with JSON that is not a list of messages", () => {
    const form = { ...emptyForm("chat"), isJson: true, text: "{" };
    expect(switchMode(form, false)).toBe(form);
    expect(draftOf(form)).toHaveProperty("problems.template");
  });
});
