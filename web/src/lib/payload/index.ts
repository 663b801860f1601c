/** Understanding the payloads of LLM traces: words, conversations, media, graphs, diffs. Pure functions, safe for any value. */
export * from "./diff";
export * from "./graph";
export * from "./json-tree";
export { isEmpty, parseContainer } from "./json";
export * from "./markdown";
export * from "./media";
export * from "./messages";
export * from "./openinference";
export * from "./pretty";
