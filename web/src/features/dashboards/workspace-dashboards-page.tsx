import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { LayoutDashboard, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { Page } from "@/app/page";
import { useWorkspace } from "@/app/workspace";
import { type DataColumn, DataTable, type SortKey, useColumnLayout, usePagedRows } from "@/components/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { SearchInput } from "@/components/ui/search-input";
import { EmptyState, ErrorState, NoMatches } from "@/components/ui/states";
import { formatDateTime, formatRelative } from "@/lib/format";
import { sortingCodec } from "@/lib/sorting";
import { textCodec, useUrlState } from "@/lib/url-state";
import { createDashboard, type Dashboard, fetchDashboards } from "./api";
import { readConfig } from "./config";
import { DashboardDialog } from "./dashboard-dialog";
import { DashboardMenu } from "./dashboard-menu";
import { emptyDashboard, experimentComparison } from "./templates";

const PAGE_SIZE = 50;
const NEWEST: SortKey[] = [{ field: "last_updated_at", direction: "DESC" }];

function widgetCount(dashboard: Dashboard): number | undefined {
  return readConfig(dashboard.config)?.sections.reduce((sum, section) => sum + section.widgets.length, 0);
}

/** Dashboards that show several projects or experiments. */
export function WorkspaceDashboardsPage() {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [search, setSearch] = useUrlState("search", textCodec, "");
  const [sorting, setSorting] = useUrlState("sorting", sortingCodec, NEWEST);
  const [isNew, setIsNew] = useState(false);
  const name = search.trim();
  const rows = usePagedRows<Dashboard>({
    queryKey: ["dashboards", "workspace", "list", name, sorting],
    fetchPage: (page, size, signal) => fetchDashboards("workspace", { page, size, name, sorting }, signal),
    pageSize: PAGE_SIZE,
  });
  const list = `/${workspace}/dashboards`;
  const columns = useMemo<readonly DataColumn<Dashboard>[]>(
    () => [
      {
        id: "name",
        label: "Dashboard",
        size: 280,
        sortable: true,
        grow: true,
        cell: (row) => (
          <Link to={`${list}/${row.id}`} className="truncate font-medium hover:underline" title={row.name} onClick={(event) => event.stopPropagation()}>
            {row.name}
          </Link>
        ),
      },
      { id: "description", label: "Description", size: 320, grow: true, sortable: true, cell: (row) => <span className="truncate text-muted">{row.description}</span> },
      { id: "type", label: "About", size: 130, sortable: true, cell: (row) => <Badge>{row.type === "experiments" ? "Experiments" : "Projects"}</Badge> },
      { id: "widgets", label: "Widgets", size: 90, align: "end", cell: (row) => <span className="tabular text-muted">{widgetCount(row) ?? "–"}</span> },
      { id: "last_updated_at", label: "Last change", size: 150, sortable: true, cell: (row) => <span className="text-muted">{formatRelative(row.last_updated_at)}</span> },
      { id: "created_at", label: "Created", size: 170, sortable: true, isHidden: true, cell: (row) => <span className="text-muted">{formatDateTime(row.created_at)}</span> },
      {
        id: "actions",
        label: "Actions",
        header: <span className="sr-only">Actions</span>,
        size: 56,
        pin: "end",
        cell: (row) => (
          <DashboardMenu
            scope="workspace"
            dashboard={row}
            onDuplicated={(copy) => void navigate({ to: `${list}/${copy.id}` })}
            onDeleted={() => undefined}
            onRenamed={() => undefined}
          />
        ),
      },
    ],
    [list, navigate],
  );
  const layout = useColumnLayout("workspace-dashboards", columns);
  const create = (
    <Button variant="primary" onClick={() => setIsNew(true)}>
      <Plus /> New dashboard
    </Button>
  );
  return (
    <Page title="Workspace dashboards" isFull actions={create}>
      <div className="flex shrink-0 items-center gap-2 border-b border-line px-4 py-2.5 max-md:px-3">
        <SearchInput label="Search dashboards" value={search} onValueChange={setSearch} className="max-md:w-full" />
      </div>
      {rows.error ? (
        <ErrorState title="The dashboards could not be loaded" error={rows.error} onRetry={() => void rows.refetch()} />
      ) : (
        <DataTable
          label="Dashboards"
          columns={columns}
          layout={layout}
          rowCount={rows.rowCount}
          rowAt={rows.rowAt}
          rowId={(row) => row.id}
          onVisibleRange={rows.onVisibleRange}
          onOpen={(row) => void navigate({ to: `${list}/${row.id}` })}
          sorting={sorting}
          onSortingChange={(keys) => setSorting(keys.length === 0 ? NEWEST : keys)}
          isLoading={rows.isLoading}
          isStale={rows.isStale}
          empty={
            name ? (
              <NoMatches what="dashboards" onClear={() => setSearch("")} />
            ) : (
              <EmptyState icon={<LayoutDashboard />} title="No dashboards yet" action={create}>
                A dashboard puts numbers and charts of several projects, or a comparison of experiments, onto one page.
              </EmptyState>
            )
          }
        />
      )}
      {isNew && (
        <DashboardDialog
          title="New dashboard"
          action="Create dashboard"
          hasType
          onClose={() => setIsNew(false)}
          onSave={async ({ name: text, description, type }) => {
            const created = await createDashboard("workspace", { name: text, description, type, config: type === "experiments" ? experimentComparison() : emptyDashboard() });
            await client.invalidateQueries({ queryKey: ["dashboards", "workspace", "list"] });
            void navigate({ to: `${list}/${created.id}` });
          }}
        />
      )}
    </Page>
  );
}
