import { columnOrderingFeature, columnPinningFeature, columnResizingFeature, columnSizingFeature, columnVisibilityFeature, tableFeatures } from "@tanstack/react-table";

/** The library keeps the arrangement of columns; rows are paged in and drawn by us. */
export const columnFeatures = tableFeatures({ columnSizingFeature, columnResizingFeature, columnOrderingFeature, columnPinningFeature, columnVisibilityFeature });

/** Its table has no rows. */
export type ColumnsOnly = Record<string, never>;
