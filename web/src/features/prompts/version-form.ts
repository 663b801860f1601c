import type { PromptVersion, TemplateStructure, VersionDraft } from "./api";
import { formatChatTemplate, messagesProblem, parseChatTemplate, type TemplateMessage, textMessage } from "./chat-template";
import { type TemplateLanguage, variablesOf } from "./template";

/** A version while it is written. */
export interface VersionForm {
  structure: TemplateStructure;
  type: TemplateLanguage;
  /** The template of a text prompt; of a chat prompt its JSON while that is what is edited. */
  text: string;
  messages: TemplateMessage[];
  /** A chat prompt is edited as JSON. */
  isJson: boolean;
  metadata: string;
  changeDescription: string;
}

/** A form for a new prompt. */
export function emptyForm(structure: TemplateStructure): VersionForm {
  return { structure, type: "mustache", text: "", messages: [textMessage("system"), textMessage("user")], isJson: false, metadata: "", changeDescription: "" };
}

/** A form that starts with what a version has. */
export function formOf(version: PromptVersion, structure: TemplateStructure): VersionForm {
  const messages = structure === "chat" ? parseChatTemplate(version.template) : undefined;
  return {
    structure,
    type: version.type,
    text: version.template,
    messages: messages ?? [],
    isJson: structure === "chat" && messages === undefined,
    metadata: version.metadata === undefined || version.metadata === null ? "" : JSON.stringify(version.metadata, null, 2),
    changeDescription: "",
  };
}

/** Names that the template expects values for. */
export function formVariables(form: VersionForm): string[] {
  return variablesOf(editedTemplate(form), form.type);
}

function editedTemplate({ structure, isJson, text, messages }: VersionForm): string {
  if (structure === "text" || isJson) return text;
  return messages.flatMap((message) => message.parts.map((part) => (part.kind === "text" ? part.text : part.kind === "media" ? part.url : part.json))).join("\n");
}

/** Turns to editing messages one by one or to their JSON. Stays where it is when the JSON is not a list of messages. */
export function switchMode(form: VersionForm, isJson: boolean): VersionForm {
  if (isJson === form.isJson) return form;
  if (isJson) return messagesProblem(form.messages)?.includes("JSON") ? form : { ...form, isJson, text: formatChatTemplate(form.messages, 2) };
  const messages = parseChatTemplate(form.text);
  return messages ? { ...form, isJson, messages } : form;
}

export interface FormProblems {
  template?: string;
  metadata?: string;
}

/** The draft that a form stands for, or what is wrong with it by field. */
export function draftOf(form: VersionForm): { draft: VersionDraft } | { problems: FormProblems } {
  const problems: FormProblems = {};
  let template = form.text;
  if (form.structure === "chat") {
    const messages = form.isJson ? parseChatTemplate(form.text) : form.messages;
    const problem = messages ? messagesProblem(messages) : "Not a JSON list of messages with “role” and “content”";
    if (problem) problems.template = problem;
    else if (messages) template = formatChatTemplate(messages);
  } else if (form.text.trim() === "") {
    problems.template = "Write a template";
  }
  let metadata: unknown;
  if (form.metadata.trim() !== "") {
    try {
      metadata = JSON.parse(form.metadata);
    } catch (error) {
      problems.metadata = `Not valid JSON: ${error instanceof Error ? error.message : "unknown error"}`;
    }
  }
  if (problems.template !== undefined || problems.metadata !== undefined) return { problems };
  return { draft: { template, type: form.type, metadata, changeDescription: form.changeDescription } };
}
