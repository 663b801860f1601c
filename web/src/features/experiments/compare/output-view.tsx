import type { ExperimentRun } from "../api";
import { ValueView } from "./value-view";

/** The output of a run in full. */
export function OutputView({ run }: { run: ExperimentRun }) {
  return <ValueView value={run.output} side="output" title="Output" />;
}
