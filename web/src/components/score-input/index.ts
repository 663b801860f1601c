export * from "./scale";
export * from "./score-input";
