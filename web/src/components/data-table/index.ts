export * from "./column-chooser";
export * from "./columns";
export * from "./data-table";
export * from "./row-height-menu";
export * from "./use-column-layout";
export * from "./use-later-pages";
export * from "./use-paged-rows";
