export * from "./cells";
export * from "./highlight";
export { previewText } from "./preview";
