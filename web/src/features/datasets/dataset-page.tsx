import { DatasetDetailPage } from "./detail/dataset-detail-page";
import { DATASETS } from "./model";

/** One dataset. */
export function DatasetPage() {
  return <DatasetDetailPage kind={DATASETS} />;
}
