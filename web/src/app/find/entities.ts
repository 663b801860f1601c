import { api, dataOf } from "@/api/client";
import { isNotFound } from "@/api/errors";

/** Kinds of things that have a page. */
export type Kind = "project" | "trace" | "span" | "thread" | "dataset" | "test suite" | "experiment" | "prompt" | "annotation queue" | "dashboard" | "optimization";

/** Something that was found by its id or name. */
export interface Found {
  kind: Kind;
  id: string;
  name: string;
  /** Project it lives in; some things of older clients live in none. */
  projectId: string | undefined;
  /** Dataset of an experiment. */
  datasetId?: string | undefined;
  /** Trace of a span. */
  traceId?: string | undefined;
}

/** Path and query of a thing's page, behind the workspace. `activeProject` stands in for things without a project. */
export function pathOf(found: Found, workspace: string, activeProject: string | undefined): string {
  const root = `/${workspace}`;
  if (found.kind === "project") return `${root}/projects/${found.id}/home`;
  if (found.kind === "dashboard" && !found.projectId) return `${root}/dashboards/${found.id}`;
  const project = found.projectId ?? activeProject;
  if (!project) return `${root}/projects`;
  const base = `${root}/projects/${project}`;
  const id = encodeURIComponent(found.id);
  switch (found.kind) {
    case "trace":
      return `${base}/logs?logsType=traces&trace=${id}`;
    case "span":
      return `${base}/logs?logsType=spans&trace=${encodeURIComponent(found.traceId ?? "")}&span=${id}`;
    case "thread":
      return `${base}/logs?logsType=threads&thread=${id}`;
    case "dataset":
      return `${base}/datasets/${id}/items`;
    case "test suite":
      return `${base}/test-suites/${id}/items`;
    case "experiment":
      return `${base}/experiments/${found.datasetId ?? ""}/compare?experiments=${encodeURIComponent(JSON.stringify([found.id]))}`;
    case "prompt":
      return `${base}/prompts/${id}`;
    case "annotation queue":
      return `${base}/annotation-queues/${id}`;
    case "dashboard":
      return `${base}/dashboards?dashboardId=${id}`;
    case "optimization":
      return `${base}/experiments?optimization=${id}`;
  }
}

type Lookup = (id: string, signal: AbortSignal | undefined) => Promise<Found>;

const withSignal = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

/** How each kind is fetched by its id. Each rejects with a 404 when there is no such thing. */
export const LOOKUPS: Partial<Record<Kind, Lookup>> = {
  trace: async (id, signal) => {
    const trace = await dataOf(api.GET("/v1/private/traces/{id}", { params: { path: { id }, query: { strip_attachments: true } }, ...withSignal(signal) }));
    return { kind: "trace", id, name: trace.name ?? "Trace", projectId: trace.project_id };
  },
  span: async (id, signal) => {
    const span = await dataOf(api.GET("/v1/private/spans/{id}", { params: { path: { id }, query: { strip_attachments: true } }, ...withSignal(signal) }));
    return { kind: "span", id, name: span.name ?? "Span", projectId: span.project_id, traceId: span.trace_id };
  },
  project: async (id, signal) => {
    const project = await dataOf(api.GET("/v1/private/projects/{id}", { params: { path: { id } }, ...withSignal(signal) }));
    return { kind: "project", id, name: project.name, projectId: id };
  },
  dataset: async (id, signal) => {
    const dataset = await dataOf(api.GET("/v1/private/datasets/{id}", { params: { path: { id } }, ...withSignal(signal) }));
    return { kind: dataset.type === "evaluation_suite" ? "test suite" : "dataset", id, name: dataset.name, projectId: dataset.project_id ?? undefined };
  },
  experiment: async (id, signal) => {
    const experiment = await dataOf(api.GET("/v1/private/experiments/{id}", { params: { path: { id } }, ...withSignal(signal) }));
    return { kind: "experiment", id, name: experiment.name, projectId: experiment.project_id ?? undefined, datasetId: experiment.dataset_id };
  },
  prompt: async (id, signal) => {
    const prompt = await dataOf(api.GET("/v1/private/prompts/{id}", { params: { path: { id } }, ...withSignal(signal) }));
    return { kind: "prompt", id, name: prompt.name, projectId: prompt.project_id ?? undefined };
  },
  "annotation queue": async (id, signal) => {
    const queue = await dataOf(api.GET("/v1/private/annotation-queues/{id}", { params: { path: { id } }, ...withSignal(signal) }));
    return { kind: "annotation queue", id, name: queue.name, projectId: queue.project_id };
  },
  optimization: async (id, signal) => {
    const optimization = await dataOf(api.GET("/v1/private/optimizations/{id}", { params: { path: { id } }, ...withSignal(signal) }));
    return { kind: "optimization", id, name: optimization.name, projectId: optimization.project_id ?? undefined };
  },
};

/** All things that have this id: usually one. */
export async function findById(id: string, signal?: AbortSignal): Promise<Found[]> {
  const answers = await Promise.allSettled(Object.values(LOOKUPS).map((lookup) => lookup(id, signal)));
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const failure = answers.find((answer) => answer.status === "rejected" && !isNotFound(answer.reason));
  if (found.length === 0 && failure?.status === "rejected") throw failure.reason;
  return found;
}

/** Things per kind that a search by name shows. */
const PER_KIND = 5;

/** Things whose name contains a text, over all projects; threads of one project by their id. */
export async function findByName(name: string, projectId: string | undefined, signal?: AbortSignal): Promise<Found[]> {
  const query = { name, page: 1, size: PER_KIND };
  const options = { params: { query }, ...withSignal(signal) };
  const searches: Promise<Found[]>[] = [
    dataOf(api.GET("/v1/private/projects", options)).then((page) => page.content.map((item) => ({ kind: "project", id: item.id, name: item.name, projectId: item.id }))),
    dataOf(api.GET("/v1/private/datasets", options)).then((page) =>
      page.content.map((item) => ({ kind: item.type === "evaluation_suite" ? "test suite" : "dataset", id: item.id, name: item.name, projectId: item.project_id ?? undefined })),
    ),
    dataOf(api.GET("/v1/private/experiments", options)).then((page) =>
      page.content.map((item) => ({ kind: "experiment", id: item.id, name: item.name, projectId: item.project_id ?? undefined, datasetId: item.dataset_id })),
    ),
    dataOf(api.GET("/v1/private/prompts", options)).then((page) => page.content.map((item) => ({ kind: "prompt", id: item.id, name: item.name, projectId: item.project_id ?? undefined }))),
    dataOf(api.GET("/v1/private/annotation-queues", options)).then((page) => page.content.map((item) => ({ kind: "annotation queue", id: item.id, name: item.name, projectId: item.project_id }))),
    dataOf(api.GET("/v1/private/dashboards", options)).then((page) => page.content.map((item) => ({ kind: "dashboard", id: item.id, name: item.name, projectId: item.project_id ?? undefined }))),
  ];
  if (projectId) {
    const filters = JSON.stringify([{ field: "id", type: "string", operator: "contains", value: name }]);
    searches.push(
      dataOf(api.GET("/v1/private/traces/threads", { params: { query: { project_id: projectId, page: 1, size: PER_KIND, filters } }, ...withSignal(signal) })).then((page) =>
        page.content.map((item) => ({ kind: "thread", id: item.id, name: item.id, projectId })),
      ),
    );
  }
  const answers = await Promise.allSettled(searches);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}
