import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { isNotFound } from "@/api/errors";
import { Page } from "@/app/page";
import { useWorkspace } from "@/app/workspace";
import { TimeRangePicker, useTimeRange } from "@/components/time-range";
import { Button } from "@/components/ui/button";
import { ErrorState, Skeleton } from "@/components/ui/states";
import { useRouteParam } from "@/lib/route";
import { dashboardQuery } from "./api";
import { DashboardEditor } from "./dashboard-editor";
import { DashboardMenu } from "./dashboard-menu";

/** A dashboard over several projects. */
export function WorkspaceDashboardPage() {
  const id = useRouteParam("dashboardId") ?? "";
  return <OneDashboard key={id} id={id} />;
}

function OneDashboard({ id }: { id: string }) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const client = useQueryClient();
  const time = useTimeRange("dashboard_time_range");
  const query = useQuery(dashboardQuery("workspace", id));
  const list = `/${workspace}/dashboards`;
  const crumbs = [{ label: "Workspace dashboards", to: list }];
  if (query.isError && !query.data) {
    return (
      <Page title="Dashboard" crumbs={crumbs}>
        <ErrorState
          title={isNotFound(query.error) ? "This dashboard does not exist" : "The dashboard could not be loaded"}
          error={query.error}
          onRetry={() => void query.refetch()}
          action={
            <Button asChild>
              <Link to={list}>All dashboards</Link>
            </Button>
          }
        />
      </Page>
    );
  }
  if (!query.data) {
    return (
      <Page title="Dashboard" crumbs={crumbs}>
        <Skeleton className="h-40" />
      </Page>
    );
  }
  const dashboard = query.data;
  return (
    <DashboardEditor scope="workspace" dashboard={dashboard} time={time}>
      {({ status, content }) => (
        <Page
          title={dashboard.name}
          crumbs={crumbs}
          actions={
            <>
              {status}
              <TimeRangePicker range={time.range} start={time.start} end={time.end} onRangeChange={time.setRange} />
              <DashboardMenu
                scope="workspace"
                dashboard={dashboard}
                onDuplicated={(copy) => void navigate({ to: `${list}/${copy.id}` })}
                onDeleted={() => void navigate({ to: list })}
                onRenamed={(updated) => client.setQueryData(dashboardQuery("workspace", id).queryKey, updated)}
              />
            </>
          }
        >
          {dashboard.description && <p className="mb-4 max-w-3xl text-sm text-muted">{dashboard.description}</p>}
          {content}
        </Page>
      )}
    </DashboardEditor>
  );
}
