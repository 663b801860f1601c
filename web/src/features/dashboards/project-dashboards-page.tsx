import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, ChevronsUpDown, Copy, LayoutDashboard, Plus } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { isNotFound } from "@/api/errors";
import { Page } from "@/app/page";
import { TimeRangePicker, useTimeRange } from "@/components/time-range";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Popover } from "@/components/ui/popover";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { toast } from "@/components/ui/toast";
import { useProject } from "@/features/projects/project-context";
import { cn } from "@/lib/cn";
import { formatRelative } from "@/lib/format";
import { textCodec, useUrlState } from "@/lib/url-state";
import { createDashboard, type Dashboard, dashboardQuery, viewsQuery } from "./api";
import { Canvas } from "./canvas";
import { copyConfig, type DashboardConfig } from "./config";
import { DashboardDialog } from "./dashboard-dialog";
import { DashboardEditor } from "./dashboard-editor";
import { DashboardMenu } from "./dashboard-menu";
import { emptyDashboard, projectOverview } from "./templates";

/** Id in the URL of the view that is built in. */
const BUILT_IN = "template:project-overview";
const BUILT_IN_NAME = "Project overview";

/** The dashboards of a project: one that is always there, and those that people have made. */
export function ProjectDashboardsPage() {
  const [chosen] = useUrlState("dashboardId", textCodec, BUILT_IN);
  return chosen === BUILT_IN ? <BuiltIn /> : <Stored key={chosen} id={chosen} />;
}

/** Makes a view of this project and opens it. */
function useCreateView() {
  const project = useProject();
  const client = useQueryClient();
  const [, setChosen] = useUrlState("dashboardId", textCodec, BUILT_IN);
  return async (name: string, description: string, config: DashboardConfig) => {
    const created = await createDashboard("project", { name, description, type: "multi_project", projectId: project.id, config });
    await client.invalidateQueries({ queryKey: ["dashboards", "project", project.id] });
    setChosen(created.id, { push: true });
  };
}

function BuiltIn() {
  const project = useProject();
  const time = useTimeRange("dashboard_time_range");
  const config = useMemo(() => projectOverview(), []);
  const create = useCreateView();
  const [isBusy, setIsBusy] = useState(false);
  const duplicate = async () => {
    setIsBusy(true);
    try {
      await create(BUILT_IN_NAME, "", copyConfig(config));
      toast.good("Duplicated: this one can be changed");
    } catch (error) {
      toast.bad("Could not duplicate the dashboard", error);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Frame
      name={BUILT_IN_NAME}
      time={time}
      tools={
        <Button busy={isBusy} onClick={() => void duplicate()}>
          <Copy /> <span className="max-sm:sr-only">Duplicate to edit</span>
        </Button>
      }
    >
      <Canvas config={config} projectId={project.id} time={time} />
    </Frame>
  );
}

function Stored({ id }: { id: string }) {
  const project = useProject();
  const client = useQueryClient();
  const [, setChosen] = useUrlState("dashboardId", textCodec, BUILT_IN);
  const time = useTimeRange("dashboard_time_range");
  const query = useQuery(dashboardQuery("project", id));
  if (query.isError && !query.data) {
    return (
      <Frame name="Dashboards" time={time}>
        <ErrorState
          title={isNotFound(query.error) ? "This dashboard does not exist" : "The dashboard could not be loaded"}
          error={query.error}
          onRetry={() => void query.refetch()}
          action={<Button onClick={() => setChosen(BUILT_IN)}>Open the overview</Button>}
        />
      </Frame>
    );
  }
  if (!query.data) {
    return (
      <Frame name="…" time={time}>
        <Skeleton className="h-40" />
      </Frame>
    );
  }
  const dashboard = query.data;
  return (
    <DashboardEditor scope="project" dashboard={dashboard} projectId={project.id} time={time}>
      {({ status, content }) => (
        <Frame
          name={dashboard.name}
          time={time}
          status={status}
          tools={
            <DashboardMenu
              scope="project"
              dashboard={dashboard}
              onDuplicated={(copy) => setChosen(copy.id, { push: true })}
              onDeleted={() => setChosen(BUILT_IN)}
              onRenamed={(updated) => client.setQueryData(dashboardQuery("project", id).queryKey, updated)}
            />
          }
        >
          {dashboard.description && <p className="mb-4 max-w-3xl text-sm text-muted">{dashboard.description}</p>}
          {content}
        </Frame>
      )}
    </DashboardEditor>
  );
}

interface FrameProps {
  name: string;
  time: ReturnType<typeof useTimeRange>;
  status?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
}

function Frame({ name, time, status, tools, children }: FrameProps) {
  const create = useCreateView();
  const [isNew, setIsNew] = useState(false);
  return (
    <Page title="Dashboards" isFull actions={<TimeRangePicker range={time.range} start={time.start} end={time.end} onRangeChange={time.setRange} />}>
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2.5 max-md:px-3">
        <ViewPicker name={name} onNew={() => setIsNew(true)} />
        {tools}
        <span className="ms-auto">{status}</span>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-4 max-md:p-3">{children}</div>
      {isNew && (
        <DashboardDialog title="New dashboard" action="Create dashboard" onClose={() => setIsNew(false)} onSave={({ name: text, description }) => create(text, description, emptyDashboard())} />
      )}
    </Page>
  );
}

function ViewPicker({ name, onNew }: { name: string; onNew: () => void }) {
  const project = useProject();
  const views = useQuery(viewsQuery(project.id));
  const [chosen, setChosen] = useUrlState("dashboardId", textCodec, BUILT_IN);
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const matches = (label: string) => label.toLowerCase().includes(text.trim().toLowerCase());
  const shown: Pick<Dashboard, "id" | "name" | "last_updated_at">[] = (views.data?.content ?? []).filter((view) => matches(view.name));
  const choose = (id: string) => {
    setChosen(id, { push: true });
    setOpen(false);
  };
  const row = (id: string, label: string, hint: ReactNode) => (
    <li key={id}>
      <button type="button" aria-current={id === chosen ? "true" : undefined} className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-sm hover:bg-hover" onClick={() => choose(id)}>
        <Check className={cn("size-3.5 shrink-0 text-accent", id !== chosen && "invisible")} />
        <span className="min-w-0 flex-1 truncate text-start">{label}</span>
        {hint}
      </button>
    </li>
  );
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label="Dashboards of this project"
      className="w-80 p-0"
      trigger={
        <Button aria-label={`Dashboard ${name}, choose another`} className="max-w-72 min-w-44 justify-between">
          <LayoutDashboard />
          <span className="min-w-0 flex-1 truncate text-start">{name}</span>
          <ChevronsUpDown className="text-faint" />
        </Button>
      }
    >
      <div className="border-b border-line p-2">
        <Input aria-label="Search dashboards" placeholder="Search dashboards" value={text} onChange={(event) => setText(event.target.value)} />
      </div>
      <ul aria-label="Dashboards" className="max-h-72 overflow-y-auto p-1">
        {matches(BUILT_IN_NAME) && row(BUILT_IN, BUILT_IN_NAME, <Badge>Built in</Badge>)}
        {shown.map((view) => row(view.id, view.name, <span className="shrink-0 text-xs text-faint">{formatRelative(view.last_updated_at)}</span>))}
        {shown.length === 0 && !matches(BUILT_IN_NAME) && <li className="px-2 py-3 text-center text-sm text-muted">No dashboard has this name</li>}
      </ul>
      <div className="border-t border-line p-1">
        <button
          type="button"
          className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-sm hover:bg-hover"
          onClick={() => {
            setOpen(false);
            onNew();
          }}
        >
          <Plus className="size-3.5" /> New dashboard
        </button>
      </div>
    </Popover>
  );
}
