import { PayloadView } from "@/components/payload";
import type { ExperimentRun } from "../api";

/** The output of a run in full. */
export function OutputView({ run }: { run: ExperimentRun }) {
  return <PayloadView value={run.output} title="Output" side="output" storageKey="compare-output" />;
}
