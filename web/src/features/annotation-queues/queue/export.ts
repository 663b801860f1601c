import { basePath } from "@/api/client";
import { type AnnotationQueue, fetchQueueThreads, fetchQueueTraces, type Thread, type Trace } from "../api";
import { itemPath } from "../links";
import { annotationsOf } from "../logic/item-state";

/** Items in one request. */
const ITEMS_PER_REQUEST = 200;

/** One item with everything that was said about it in the queue. */
export interface ExportedItem {
  /** Fields of the trace or thread, by name. */
  entity: Record<string, unknown>;
  /** By author. */
  annotations: { author: string; scores: { name: string; value: number; category?: string; reason?: string }[]; comments: string[] }[];
  /** Where people see it. */
  link: string;
}

/** What is exported of a trace. */
function traceFields(trace: Trace): Record<string, unknown> {
  const { id, name, start_time, end_time, duration, input, output, metadata, tags, thread_id, error_info } = trace;
  return { id, name, start_time, end_time, duration, input, output, metadata, tags, thread_id, error_info };
}

/** What is exported of a thread. */
function threadFields(thread: Thread): Record<string, unknown> {
  const { id, thread_model_id, start_time, end_time, duration, first_message, last_message, number_of_messages, tags, status } = thread;
  return { id, thread_model_id, start_time, end_time, duration, first_message, last_message, number_of_messages, tags, status };
}

/** An item as it is exported. `origin` is where links begin. */
export function exportedItem(item: Trace | Thread, queue: AnnotationQueue, workspace: string, origin: string): ExportedItem {
  const isThread = "thread_model_id" in item;
  const annotations = Array.from(annotationsOf(item, queue).values(), ({ author, scores, comments }) => ({
    author,
    scores: Array.from(scores, ([name, { value, category, reason }]) => ({
      name,
      value,
      ...(category === undefined ? {} : { category }),
      ...(reason === undefined ? {} : { reason }),
    })),
    comments: comments.map((comment) => comment.text),
  }));
  return {
    entity: isThread ? threadFields(item) : traceFields(item),
    annotations,
    link: `${origin}${itemPath(workspace, queue.project_id, queue.scope, item.id)}`,
  };
}

/** All items of a queue in full. Tells after every request how many there are so far. */
export async function exportItems(queue: AnnotationQueue, workspace: string, onProgress: (done: number, total: number) => void, signal?: AbortSignal): Promise<ExportedItem[]> {
  const origin = `${window.location.origin}${basePath}`;
  const items: ExportedItem[] = [];
  for (let page = 1; ; page += 1) {
    const options = { queue, page, size: ITEMS_PER_REQUEST, truncate: false, ...(signal ? { signal } : {}) };
    const { content, total } = queue.scope === "trace" ? await fetchQueueTraces(options) : await fetchQueueThreads(options);
    for (const item of content) items.push(exportedItem(item, queue, workspace, origin));
    onProgress(items.length, total);
    if (content.length === 0 || items.length >= total) return items;
  }
}

/** The items as JSON, each with its annotations by author. */
export function itemsToJson(items: readonly ExportedItem[]): string {
  return JSON.stringify(
    items.map(({ entity, annotations, link }) => ({ ...entity, annotations, link })),
    null,
    2,
  );
}

/**
 * The items as CSV: a row per item and, for every score, its mean over the reviewers, what each of them chose and why.
 */
export function itemsToCsv(items: readonly ExportedItem[], scoreNames: readonly string[]): string {
  const fields = [...new Set(items.flatMap((item) => Object.keys(item.entity)))];
  const header = [...fields, ...scoreNames.flatMap((name) => [`feedback_scores.${name}`, `feedback_scores.${name}_category`, `feedback_scores.${name}_reason`]), "reviewers", "comments", "link"];
  const lines = items.map(({ entity, annotations, link }) => {
    const scores = scoreNames.flatMap((name) => {
      const given = annotations.flatMap(({ author, scores: all }) => all.filter((score) => score.name === name).map((score) => ({ author, ...score })));
      const mean = given.length === 0 ? undefined : given.reduce((sum, { value }) => sum + value, 0) / given.length;
      return [mean, said(given, ({ category }) => category), said(given, ({ reason }) => reason)];
    });
    const comments = said(
      annotations.flatMap(({ author, comments: texts }) => texts.map((text) => ({ author, text }))),
      ({ text }) => text,
    );
    return [...fields.map((field) => entity[field]), ...scores, annotations.map(({ author }) => author).join(", "), comments, link];
  });
  return [header, ...lines].map(csvLine).join("");
}

/** What people said: as it is from one, with the names from several. */
function said<Entry extends { author: string }>(entries: readonly Entry[], textOf: (entry: Entry) => string | undefined): string {
  const texts = entries.flatMap((entry) => {
    const text = textOf(entry);
    return text ? [{ author: entry.author, text }] : [];
  });
  return texts.map(({ author, text }) => (entries.length > 1 ? `${author}: ${text}` : text)).join("\n");
}

/** One line of a CSV file, with its end. Texts that a spreadsheet would run as a formula are quoted with an apostrophe. */
function csvLine(values: readonly unknown[]): string {
  return `${values.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: unknown): string {
  const raw = value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(raw) && Number.isNaN(Number(raw)) ? `'${raw}` : raw;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
