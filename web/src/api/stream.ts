import { apiRoot, requestHeaders } from "./client";
import { errorOf } from "./errors";

/**
 * Reads an endpoint that answers with one JSON value per line (`…/search`, `…/stream`), value by value, without holding
 * the whole answer. Lines that are split over chunks are put together.
 */
export async function* streamLines<Row>(path: string, body: unknown, signal?: AbortSignal): AsyncGenerator<Row> {
  const response = await fetch(`${apiRoot}${path}`, {
    method: "POST",
    headers: { ...requestHeaders(), "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  if (!response.ok || !response.body) throw await errorOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as Row;
  }
  if (rest.trim()) yield JSON.parse(rest) as Row;
}
