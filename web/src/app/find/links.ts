import type { UrlQuery } from "@/lib/url-state";
import type { Kind } from "./entities";

/** What a link without a project points to. */
export interface Target {
  /** Kinds that the id may be of. */
  kind: Kind;
  id: string;
}

/** First id of a list in the query, `["…"]`. */
function firstId(text: string | undefined): string | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return Array.isArray(value) && typeof value[0] === "string" ? value[0] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Things that a link behind the workspace (`experiments/{dataset}/compare?experiments=[…]`, `prompts/{id}`) speaks of, in
 * the order in which their project counts.
 */
export function targetsOf(noun: string, rest: string, query: UrlQuery): Target[] {
  const [id] = rest.split("/");
  const targets: (Target | undefined)[] = [];
  const add = (kind: Kind, value: string | undefined) => targets.push(value ? { kind, id: decodeURIComponent(value) } : undefined);
  switch (noun) {
    case "experiments":
      add("experiment", firstId(query.experiments));
      add("dataset", id);
      break;
    case "datasets":
    case "test-suites":
      add("dataset", id);
      break;
    case "prompts":
      add("prompt", id);
      break;
    case "annotation-queues":
      add("annotation queue", id);
      break;
    case "optimizations":
      add("optimization", firstId(query.optimizations) ?? id);
      break;
    case "traces":
      add("trace", id);
      break;
    case "spans":
      add("span", id);
      break;
  }
  return targets.filter((target) => target !== undefined);
}
