import type { TemplateStructure } from "./api";

/** How code chooses a version. */
export type Selector = { kind: "latest" } | { kind: "commit"; commit: string } | { kind: "environment"; environment: string };

export interface SnippetSubject {
  name: string;
  projectName: string;
  structure: TemplateStructure;
  variables: readonly string[];
  selector: Selector;
}

/** A text as a literal, in Python and in TypeScript. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Code for the Python SDK that reads a prompt and fills it. */
export function pythonSnippet({ name, projectName, structure, variables, selector }: SnippetSubject): string {
  const args = [
    `name=${quoted(name)}`,
    `project_name=${quoted(projectName)}`,
    ...(selector.kind === "commit" ? [`commit=${quoted(selector.commit)}`] : []),
    ...(selector.kind === "environment" ? [`environment=${quoted(selector.environment)}`] : []),
  ];
  const values = variables.map((variable) => `    ${quoted(variable)}: "…",`);
  const filled = values.length > 0 ? `{\n${values.join("\n")}\n}` : "{}";
  return [
    "import opik",
    "",
    "client = opik.Opik()",
    `prompt = client.${structure === "chat" ? "get_chat_prompt" : "get_prompt"}(`,
    ...args.map((arg) => `    ${arg},`),
    ")",
    "",
    structure === "chat" ? `messages = prompt.format(${filled})` : `text = prompt.format(**${filled})`,
  ].join("\n");
}

/** Code for the TypeScript SDK that reads a prompt and fills it. It knows no environments, so those are asked for over HTTP. */
export function typescriptSnippet({ name, projectName, structure, variables, selector }: SnippetSubject, apiUrl: string): string {
  const values = variables.map((variable) => `  ${quoted(variable)}: "…",`);
  const filled = values.length > 0 ? `{\n${values.join("\n")}\n}` : "{}";
  if (selector.kind === "environment") {
    return [
      `const response = await fetch(${quoted(`${apiUrl}/v1/private/prompts/versions/retrieve`)}, {`,
      `  method: "POST",`,
      `  headers: { "Content-Type": "application/json" },`,
      `  body: JSON.stringify({`,
      `    name: ${quoted(name)},`,
      `    project_name: ${quoted(projectName)},`,
      `    environment: ${quoted(selector.environment)},`,
      `  }),`,
      `});`,
      `if (!response.ok) throw new Error(await response.text());`,
      `const { template, commit } = await response.json();`,
    ].join("\n");
  }
  return [
    `import { Opik } from "opik";`,
    "",
    `const client = new Opik({ projectName: ${quoted(projectName)} });`,
    `const prompt = await client.${structure === "chat" ? "getChatPrompt" : "getPrompt"}({`,
    `  name: ${quoted(name)},`,
    ...(selector.kind === "commit" ? [`  commit: ${quoted(selector.commit)},`] : []),
    `});`,
    `if (!prompt) throw new Error("The prompt does not exist");`,
    "",
    `const ${structure === "chat" ? "messages" : "text"} = prompt.format(${filled});`,
  ].join("\n");
}
