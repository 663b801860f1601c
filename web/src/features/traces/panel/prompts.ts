/** A prompt of the library that a trace or span says it used. */
export interface UsedPrompt {
  id: string | undefined;
  name: string;
  /** Version that was used. */
  versionId: string | undefined;
  commit: string | undefined;
  template: unknown;
  metadata: unknown;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Most prompts shown of one entity. */
const MAX_PROMPTS = 100;

/** The prompts in the metadata of a trace or span, as SDKs log them. */
export function usedPrompts(metadata: unknown): UsedPrompt[] {
  if (!isRecord(metadata) || !Array.isArray(metadata.opik_prompts)) return [];
  return metadata.opik_prompts
    .filter(isRecord)
    .slice(0, MAX_PROMPTS)
    .map((prompt) => {
      const version = isRecord(prompt.version) ? prompt.version : {};
      return {
        id: text(prompt.id) ?? text(prompt.prompt_id),
        name: text(prompt.name) ?? "Prompt",
        versionId: text(version.id) ?? text(prompt.version_id),
        commit: text(version.commit) ?? text(prompt.commit),
        template: version.template ?? prompt.template ?? prompt.prompt,
        metadata: version.metadata ?? prompt.metadata,
      };
    });
}
