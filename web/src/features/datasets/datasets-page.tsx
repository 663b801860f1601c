import { DatasetListPage } from "./list/dataset-list-page";
import { DATASETS } from "./model";

/** The datasets of a project. */
export function DatasetsPage() {
  return <DatasetListPage kind={DATASETS} />;
}
