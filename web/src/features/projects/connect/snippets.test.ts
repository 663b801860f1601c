import { describe, expect, it } from "vitest";
import { tokensOf } from "./highlight";
import { GUIDES } from "./snippets";

const target = { url: "http://10.0.0.7:5173/opik/api", workspace: "default", project: "Support assistant" };

describe.each(GUIDES)("the guide for $label", (guide) => {
  it("names the server, the workspace and the project", () => {
    const code = guide.code(target);
    for (const value of Object.values(target)) expect(code).toContain(JSON.stringify(value));
  });

  it("keeps any name of a project inside of one literal", () => {
    const project = 'a "quoted" \\ name\nimport os; os.system("x") # 😀 ${1}';
    const code = guide.code({ ...target, project });
    const literal = JSON.stringify(project);
    expect(code.split(literal)).toHaveLength(2);
    expect(tokensOf(code, guide.language).some((token) => token.kind === "string" && token.text === literal)).toBe(true);
  });

  it("loses nothing when it is highlighted", () => {
    const code = guide.code(target);
    expect(tokensOf(code, guide.language).map((token) => token.text).join("")).toBe(code);
  });

  it("sends what it has traced before it ends", () => {
    expect(guide.code(target)).toMatch(/flush/);
  });
});
