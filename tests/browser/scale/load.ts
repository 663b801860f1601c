import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

// Fills a server with logs of a real size. The same numbers give the same texts, so that days and machines compare.

const BATCH = 1000;
const DAYS = 30;
const DAY = 86_400_000;
/** One text in a hundred has so many characters. */
const LONG_TEXT = 20_000;
const TEXT = 800;

/** A project that the measurements read. */
export interface LoadedProject {
  readonly name: string;
  readonly id: string;
  readonly traces: number;
}

/** Numbers between 0 and 1 that follow from a seed (mulberry32). */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const corpus = path.join(import.meta.dirname, "..", "..", "..", "bench", "corpus");
const sentences = ["everyday", "models", "nature", "operations", "systems"].flatMap((name) => readFileSync(path.join(corpus, `${name}.txt`), "utf8").split(/(?<=\.)\s+/));

type Draw = () => number;

function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  const item = items[Math.floor(draw() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

function text(draw: Draw): string {
  const length = draw() < 0.01 ? LONG_TEXT : TEXT * (0.3 + 1.4 * draw());
  let all = "";
  while (all.length < length) all += `${pick(draw, sentences)} `;
  return all.slice(0, length);
}

/** A UUID of version 7 for a point in time. */
function idAt(time: number, draw: Draw): string {
  const hex = (digits: number) => Math.floor(draw() * 16 ** digits).toString(16).padStart(digits, "0");
  const stamp = Math.floor(time).toString(16).padStart(12, "0");
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
}

const TAGS = ["production", "beta", "retry", "cached", "long-context", "reviewed", "de", "en", "fr"];
const ERRORS = ["TimeoutError", "RateLimitError", "ValidationError"];

function traceOf(projectName: string, time: number, draw: Draw) {
  const prompt = 200 + Math.floor(draw() * 6_000);
  return {
    id: idAt(time, draw),
    project_name: projectName,
    name: pick(draw, ["answer_question", "summarise", "classify", "extract"]),
    start_time: new Date(time).toISOString(),
    end_time: new Date(time + 50 + draw() ** 3 * 20_000).toISOString(),
    input: { question: text(draw), locale: "en-GB" },
    output: { answer: text(draw), sources: [`doc-${Math.floor(draw() * 9_000)}`] },
    metadata: { model: pick(draw, ["gpt-4o-mini", "gpt-4.1", "claude-sonnet-4"]), prompt_tokens: prompt, note: text(draw).slice(0, 400) },
    tags: TAGS.filter(() => draw() < 0.15),
    ...(draw() < 0.3 ? { thread_id: `conversation-${Math.floor(draw() * 4_000)}` } : {}),
    ...(draw() < 0.03 ? { error_info: { exception_type: pick(draw, ERRORS), message: text(draw).slice(0, 120), traceback: text(draw) } } : {}),
    source: "sdk",
  };
}

/** The names of a project's feedback scores. */
export function scoreNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `quality ${String(index + 1).padStart(2, "0")}`);
}

async function send(url: string, method: "POST" | "PUT", where: string, body: unknown): Promise<Response> {
  const answer = await fetch(`${url}/api/v1/private/${where}`, {
    method,
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    body: gzipSync(JSON.stringify(body), { level: 1 }),
  });
  if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/** Logs traces over the last 30 days, two in five with a third to all of the scores. Logs nothing into a project that is full already. */
export async function loadProject(url: string, name: string, traces: number, scores: number): Promise<LoadedProject> {
  const found = (await (await fetch(`${url}/api/v1/private/projects?size=100`)).json()) as { content: { id: string; name: string }[] };
  const known = found.content.find((project) => project.name === name);
  if (known) return { name, id: known.id, traces };
  const draw = draws(traces + scores);
  const names = scoreNames(scores);
  const start = Date.now() - DAYS * DAY;
  const ids: string[] = [];
  for (let from = 0; from < traces; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, traces - from) }, (_, index) => traceOf(name, start + ((from + index) / traces) * DAYS * DAY, draw));
    await send(url, "POST", "traces/batch", { traces: batch });
    ids.push(...batch.map((trace) => trace.id));
  }
  let waiting: unknown[] = [];
  const flush = async () => {
    while (waiting.length > 0) {
      await send(url, "PUT", "traces/feedback-scores", { scores: waiting.slice(0, BATCH) });
      waiting = waiting.slice(BATCH);
    }
  };
  for (const id of ids) {
    if (draw() > 0.4) continue;
    const share = 0.33 + draw() * 0.67;
    for (const score of names) if (draw() < share) waiting.push({ id, project_name: name, name: score, value: Math.round(draw() * 100) / 100, source: "sdk" });
    if (waiting.length >= BATCH) await flush();
  }
  await flush();
  const project = (await (await send(url, "POST", "projects/retrieve", { name })).json()) as { id: string };
  return { name, id: project.id, traces };
}
