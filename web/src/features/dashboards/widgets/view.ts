import { createContext, useContext } from "react";
import type { ChartRange } from "@/features/metrics/metric-chart";

/** What all widgets of a dashboard share. */
export interface DashboardView {
  /** The project of the dashboard; widgets of workspace dashboards choose their own. */
  projectId: string | undefined;
  range: ChartRange;
  /** Beginning for lists and statistics; absent for all time. ISO 8601. */
  from: string | undefined;
}

export const DashboardViewContext = createContext<DashboardView | undefined>(undefined);

/** What the dashboard around a widget shows. */
export function useDashboardView(): DashboardView {
  const view = useContext(DashboardViewContext);
  if (!view) throw new Error("a widget outside of a dashboard");
  return view;
}
