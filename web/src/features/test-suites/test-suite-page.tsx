import { DatasetDetailPage } from "@/features/datasets/detail/dataset-detail-page";
import { TEST_SUITES } from "@/features/datasets/model";

/** One test suite. */
export function TestSuitePage() {
  return <DatasetDetailPage kind={TEST_SUITES} />;
}
