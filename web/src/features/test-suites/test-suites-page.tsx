import { DatasetListPage } from "@/features/datasets/list/dataset-list-page";
import { TEST_SUITES } from "@/features/datasets/model";

/** The test suites of a project. */
export function TestSuitesPage() {
  return <DatasetListPage kind={TEST_SUITES} />;
}
