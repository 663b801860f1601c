import { Plus } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import type { TimeRangeControl } from "@/components/time-range";
import { Button } from "@/components/ui/button";
import { addSection, addWidget, type DashboardConfig, newSection, replaceWidget, type Widget } from "./config";
import { SectionView } from "./section-view";
import { DashboardViewContext } from "./widgets/view";

const WidgetDialog = lazy(() => import("./widget-dialog").then((module) => ({ default: module.WidgetDialog })));

interface CanvasProps {
  config: DashboardConfig;
  /** Absent when the dashboard cannot be changed. */
  change?: (edit: (config: DashboardConfig) => DashboardConfig) => void;
  /** The project of all widgets; absent when each has its own. */
  projectId?: string;
  time: TimeRangeControl;
}

/** The content of a dashboard. */
export function Canvas({ config, change, projectId, time }: CanvasProps) {
  const [dialog, setDialog] = useState<{ sectionId: string; widget?: Widget }>();
  const view = useMemo(
    () => ({ projectId, from: time.from, range: { from: time.start, to: time.to, end: time.end, interval: time.interval } }),
    [projectId, time.end, time.from, time.interval, time.start, time.to],
  );
  return (
    <DashboardViewContext value={view}>
      <div className="flex flex-col gap-6">
        {config.sections.map((section, index) => (
          <SectionView
            key={section.id}
            section={section}
            index={index}
            sections={config.sections}
            change={change}
            onAddWidget={() => setDialog({ sectionId: section.id })}
            onEditWidget={(widget) => setDialog({ sectionId: section.id, widget })}
          />
        ))}
        {change && (
          <div>
            <Button variant="ghost" onClick={() => change((before) => addSection(before, newSection("New section")))}>
              <Plus /> Add a section
            </Button>
          </div>
        )}
      </div>
      {dialog && change && (
        <Suspense>
          <WidgetDialog
            widget={dialog.widget}
            onClose={() => setDialog(undefined)}
            onSave={(widget) => {
              const { sectionId, widget: old } = dialog;
              change((before) => (old ? replaceWidget(before, widget) : addWidget(before, sectionId, widget)));
              setDialog(undefined);
            }}
          />
        </Suspense>
      )}
    </DashboardViewContext>
  );
}
