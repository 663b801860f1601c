import { QueryClient } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { ApiError } from "@/api/errors";
import { basePath, setRequestWorkspace } from "@/api/client";
import type { UrlQuery } from "@/lib/url-state";
import { Crash } from "./crash";
import { legacyTarget, workspacePath } from "./legacy-links";
import { NotFound } from "./not-found";
import { ProjectFrame } from "./project-frame";
import { Shell } from "./shell";
import { WorkspaceFrame } from "./workspace-frame";

/** Reads are tried again by the API client; a refetch when the window comes back keeps pages fresh. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 1 && error instanceof ApiError && error.status === 0,
      staleTime: 5_000,
    },
  },
});

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  validateSearch: (search: Record<string, unknown>): UrlQuery => search as UrlQuery,
});

const design = createRoute({
  getParentRoute: () => root,
  path: "/design",
  component: lazyRouteComponent(() => import("@/features/design/design-page"), "DesignPage"),
});

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/$workspace", params: { workspace: "default" }, replace: true });
  },
});

/** Everything behind the name of a workspace. */
const workspace = createRoute({
  getParentRoute: () => root,
  path: "/$workspace",
  component: WorkspaceFrame,
  beforeLoad: ({ params, location }) => {
    const target = workspacePath(params.workspace, location.pathname);
    if (target) throw redirect({ href: `${target}${location.searchStr}`, replace: true });
    setRequestWorkspace(params.workspace);
  },
});

/** Pages of their own, without the menu. */
const getStarted = createRoute({
  getParentRoute: () => workspace,
  path: "get-started",
  component: lazyRouteComponent(() => import("@/features/projects/get-started-page"), "GetStartedPage"),
});
const annotator = createRoute({
  getParentRoute: () => workspace,
  path: "sme",
  component: lazyRouteComponent(() => import("@/features/annotation-queues/annotator-page"), "AnnotatorPage"),
});

const shell = createRoute({ getParentRoute: () => workspace, id: "shell", component: Shell, notFoundComponent: NotFound });

const inShell = [
  createRoute({
    getParentRoute: () => shell,
    path: "/",
    component: lazyRouteComponent(() => import("./start-page"), "StartPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "home",
    component: lazyRouteComponent(() => import("./start-page"), "StartPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "quickstart",
    component: lazyRouteComponent(() => import("./start-page"), "StartPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "projects",
    component: lazyRouteComponent(() => import("@/features/projects/projects-page"), "ProjectsPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "dashboards",
    component: lazyRouteComponent(() => import("@/features/dashboards/workspace-dashboards-page"), "WorkspaceDashboardsPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "dashboards/$dashboardId",
    component: lazyRouteComponent(() => import("@/features/dashboards/workspace-dashboard-page"), "WorkspaceDashboardPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "configuration",
    component: lazyRouteComponent(() => import("@/features/workspaces/configuration-page"), "ConfigurationPage"),
  }),
  // Keeps the menu on pages that do not exist, and lets the name of the workspace be repaired first.
  createRoute({ getParentRoute: () => shell, path: "$", component: NotFound }),
  // Links without a project: SDKs and messages print them.
  createRoute({
    getParentRoute: () => shell,
    path: "redirect/$kind",
    component: lazyRouteComponent(() => import("./redirect-page"), "RedirectPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "redirect",
    component: lazyRouteComponent(() => import("./redirect-page"), "RedirectPage"),
  }),
  ...["experiments", "test-suites", "datasets", "prompts", "optimizations", "annotation-queues", "agent-configs", "traces", "spans"].flatMap((noun) => [
    createRoute({
      getParentRoute: () => shell,
      path: noun,
      component: lazyRouteComponent(() => import("./resolve-page"), "ResolvePage"),
    }),
    createRoute({
      getParentRoute: () => shell,
      path: `${noun}/$`,
      component: lazyRouteComponent(() => import("./resolve-page"), "ResolvePage"),
    }),
  ]),
];

const project = createRoute({
  getParentRoute: () => shell,
  path: "projects/$projectId",
  component: ProjectFrame,
  notFoundComponent: NotFound,
});

const inProject = [
  createRoute({ getParentRoute: () => project, path: "$", component: NotFound }),
  createRoute({
    getParentRoute: () => project,
    path: "/",
    beforeLoad: ({ params, search }) => {
      const { workspace: name, projectId } = params;
      throw redirect({ to: `/${name}/projects/${projectId}/home`, search, replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => project,
    path: "home",
    component: lazyRouteComponent(() => import("@/features/projects/project-home-page"), "ProjectHomePage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "logs",
    component: lazyRouteComponent(() => import("@/features/traces/logs-page"), "LogsPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "traces",
    beforeLoad: ({ params, search }) => {
      const { workspace: name, projectId } = params;
      const target = legacyTarget(search);
      throw redirect({ to: `/${name}/projects/${projectId}/${target.section}`, search: target.query, replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => project,
    path: "metrics",
    component: lazyRouteComponent(() => import("@/features/metrics/metrics-page"), "MetricsPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "dashboards",
    component: lazyRouteComponent(() => import("@/features/dashboards/project-dashboards-page"), "ProjectDashboardsPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "datasets",
    component: lazyRouteComponent(() => import("@/features/datasets/datasets-page"), "DatasetsPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "datasets/$datasetId/items",
    component: lazyRouteComponent(() => import("@/features/datasets/dataset-page"), "DatasetPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "datasets/$datasetId",
    component: lazyRouteComponent(() => import("@/features/datasets/dataset-page"), "DatasetPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "test-suites",
    component: lazyRouteComponent(() => import("@/features/test-suites/test-suites-page"), "TestSuitesPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "test-suites/$datasetId/items",
    component: lazyRouteComponent(() => import("@/features/test-suites/test-suite-page"), "TestSuitePage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "test-suites/$datasetId",
    component: lazyRouteComponent(() => import("@/features/test-suites/test-suite-page"), "TestSuitePage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "experiments",
    component: lazyRouteComponent(() => import("@/features/experiments/experiments-page"), "ExperimentsPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "experiments/$datasetId/compare",
    component: lazyRouteComponent(() => import("@/features/experiments/compare-page"), "ComparePage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "prompts",
    component: lazyRouteComponent(() => import("@/features/prompts/prompts-page"), "PromptsPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "prompts/$promptId",
    component: lazyRouteComponent(() => import("@/features/prompts/prompt-page"), "PromptPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "agent-configs",
    component: lazyRouteComponent(() => import("@/features/agent-configs/agent-configs-page"), "AgentConfigsPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "annotation-queues",
    component: lazyRouteComponent(() => import("@/features/annotation-queues/annotation-queues-page"), "AnnotationQueuesPage"),
  }),
  createRoute({
    getParentRoute: () => project,
    path: "annotation-queues/$queueId",
    component: lazyRouteComponent(() => import("@/features/annotation-queues/annotation-queue-page"), "AnnotationQueuePage"),
  }),
];

const routes = root.addChildren([
  design,
  start,
  workspace.addChildren([getStarted, annotator, shell.addChildren([...inShell, project.addChildren(inProject)])]),
]);

export const router = createRouter({
  routeTree: routes,
  basepath: basePath || "/",
  defaultPreload: "intent",
  defaultErrorComponent: Crash,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
  trailingSlash: "never",
  // Flat texts, never decoded as JSON: ids of threads are any text.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const pairs = Object.entries(search as UrlQuery).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
    const text = new URLSearchParams(pairs).toString();
    return text ? `?${text}` : "";
  },
});
