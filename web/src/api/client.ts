import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";
import { ApiError, errorOf } from "./errors";

/** A named schema of the server's OpenAPI document. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/**
 * Path under which this page is served, without a slash at its end: `""` or, behind a base path, `"/opik"`. The server
 * writes it into the page's `<base>`.
 */
export const basePath = new URL(".", document.baseURI).pathname.replace(/\/+$/, "");

/** Root of the REST API, as a path: `/api` or `/base/api`. */
export const apiRoot = `${basePath}/api`;

/** What users give to an SDK as its server's URL. */
export function sdkUrl(): string {
  return `${window.location.origin}${apiRoot}`;
}

let workspace = "default";

/** Sets the workspace that all following requests are about. */
export function setRequestWorkspace(name: string): void {
  workspace = name;
}

/** Headers for requests that are made without {@link api}. */
export function requestHeaders(): Record<string, string> {
  return { "Comet-Workspace": workspace };
}

/** Transient answers after which a read is tried once more. */
const RETRIED_STATUS = new Set([502, 503, 504]);

/** Milliseconds before that second try. */
const RETRY_DELAY = 300;

async function fetchWithRetry(request: Request): Promise<Response> {
  if (request.method !== "GET") return fetch(request);
  const again = request.clone();
  try {
    const response = await fetch(request);
    if (!RETRIED_STATUS.has(response.status)) return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
  return fetch(again);
}

const conventions: Middleware = {
  onRequest({ request }) {
    request.headers.set("Comet-Workspace", workspace);
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await errorOf(response);
    return undefined;
  },
  onError({ error }) {
    if (error instanceof ApiError || (error instanceof DOMException && error.name === "AbortError")) return undefined;
    return new ApiError(0, "The server cannot be reached", []);
  },
};

/**
 * Typed calls of the REST API. A call whose status is not 2xx rejects with an {@link ApiError}, so `data` is there
 * whenever the operation has a body.
 */
export const api = createClient<paths>({ baseUrl: apiRoot, fetch: fetchWithRetry });
api.use(conventions);

/** The body of an answer that has one: `await dataOf(api.GET(…))`. */
export async function dataOf<Data>(call: Promise<{ data?: Data }>): Promise<NonNullable<Data>> {
  const { data } = await call;
  if (data === undefined || data === null) throw new ApiError(0, "The server sent an empty answer", []);
  return data;
}

/** Id of what a call has created: the last segment of the `Location` header. */
export async function createdId(call: Promise<{ response: Response }>): Promise<string> {
  const { response } = await call;
  const id = response.headers.get("location")?.split("?")[0]?.replace(/\/+$/, "").split("/").pop();
  if (!id) throw new ApiError(response.status, "The server did not say what it created", []);
  return id;
}
