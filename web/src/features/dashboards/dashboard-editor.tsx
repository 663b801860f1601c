import { FileWarning } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import type { TimeRangeControl } from "@/components/time-range";
import { EmptyState } from "@/components/ui/states";
import type { Dashboard, Scope } from "./api";
import { Canvas } from "./canvas";
import { type DashboardConfig, readConfig } from "./config";
import { SaveIndicator } from "./save-indicator";
import { useEditor } from "./use-editor";

interface DashboardEditorProps {
  scope: Scope;
  dashboard: Dashboard;
  projectId?: string;
  time: TimeRangeControl;
  /** Puts the content into the page, with the indicator of saving. */
  children: (parts: { status: ReactNode; content: ReactNode }) => ReactNode;
}

/** A stored dashboard, open for changes. */
export function DashboardEditor({ dashboard, children, ...rest }: DashboardEditorProps) {
  const initial = useMemo(() => readConfig(dashboard.config), [dashboard.config]);
  if (!initial) {
    return children({
      status: null,
      content: (
        <EmptyState icon={<FileWarning />} title="This dashboard cannot be shown">
          It was stored in a shape that this version does not know. It is left as it is; other clients may be able to open it.
        </EmptyState>
      ),
    });
  }
  // Another stored version is another editing session.
  return (
    <Session key={`${dashboard.id}:${dashboard.last_updated_at}`} dashboard={dashboard} initial={initial} {...rest}>
      {children}
    </Session>
  );
}

function Session({ scope, dashboard, initial, projectId, time, children }: DashboardEditorProps & { initial: DashboardConfig }) {
  const editor = useEditor(scope, dashboard, initial);
  return children({
    status: <SaveIndicator status={editor.status} error={editor.error} onRetry={editor.retry} onOverwrite={editor.overwrite} onReload={editor.reload} />,
    content: <Canvas config={editor.config} change={editor.change} {...(projectId ? { projectId } : {})} time={time} />,
  });
}
