export * from "./color-picker";
export * from "./palette";
