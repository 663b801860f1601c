import { apiRoot, requestHeaders } from "@/api/client";
import { ApiError, errorOf } from "@/api/errors";

/** Endings of the files that items can be read from. */
export const UPLOAD_ACCEPT = ".csv,.json,.jsonl,.ndjson";

/** Largest file that the server takes, in bytes. */
export const MAX_UPLOAD_BYTES = 2_000_000_000;

export type UploadFormat = "csv" | "json" | "jsonl";

/** How a file is read, by its ending; `undefined` when it cannot be. */
export function uploadFormat(fileName: string): UploadFormat | undefined {
  const ending = fileName.toLowerCase().split(".").pop();
  if (ending === "csv" || ending === "json") return ending;
  return ending === "jsonl" || ending === "ndjson" ? "jsonl" : undefined;
}

/** What is wrong with a file before it is sent, or `undefined`. */
export function uploadProblem(file: { name: string; size: number }): string | undefined {
  if (!uploadFormat(file.name)) return "Only CSV, JSON and JSONL files can be read";
  if (file.size === 0) return "The file is empty";
  return file.size > MAX_UPLOAD_BYTES ? "The file is larger than 2 GB" : undefined;
}

interface Upload {
  datasetId: string;
  file: File;
  /** Called with the part that is sent, from 0 to 1. */
  onProgress: (part: number) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Sends a file whose rows become items. When it has ended, the server is still reading: the dataset's status says when
 * that is done. Written with XMLHttpRequest because `fetch` does not tell how much is sent.
 */
export function uploadItems({ datasetId, file, onProgress, signal }: Upload): Promise<void> {
  const format = uploadFormat(file.name);
  const form = new FormData();
  form.set("dataset_id", datasetId);
  if (format !== "csv") form.set("format", format ?? "json");
  form.set("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${apiRoot}/v1/private/datasets/items/${format === "csv" ? "from-csv" : "from-json"}`);
    for (const [name, value] of Object.entries(requestHeaders())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else void errorOf(new Response(request.responseText, { status: request.status })).then(reject);
    };
    request.onerror = () => reject(new ApiError(0, "The server cannot be reached", []));
    request.onabort = () => reject(new DOMException("The upload was cancelled", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
