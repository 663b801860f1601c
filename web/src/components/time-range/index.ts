export * from "./time-range";
export * from "./time-range-picker";
export * from "./use-time-range";
