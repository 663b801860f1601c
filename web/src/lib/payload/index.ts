/**
 * Understanding the payloads of LLM traces: words, conversations, media, graphs, diffs. Pure functions, safe for any value.
 * Code that must load early imports the module it needs: `markdown`, `diff` and `json-tree` bring libraries with them.
 */
export * from "./diff";
export * from "./graph";
export * from "./json-tree";
export { isEmpty, parseContainer } from "./json";
export * from "./markdown";
export * from "./media";
export * from "./messages";
export * from "./openinference";
export * from "./pretty";
