import { useSyncExternalStore } from "react";
import { queryClient } from "@/app/router";
import { messageOf } from "@/api/errors";
import { toast } from "@/components/ui";
import { DATASETS_KEY } from "../api";
import { uploadItems } from "./upload";

/** A file on its way to the server; it goes on while other pages are open. */
export interface UploadState {
  fileName: string;
  /** From 0 to 1. */
  part: number;
  error?: string;
  cancel: () => void;
}

const uploads = new Map<string, UploadState>();
const listeners = new Set<() => void>();

function set(datasetId: string, state: UploadState | undefined): void {
  if (state) uploads.set(datasetId, state);
  else uploads.delete(datasetId);
  listeners.forEach((listener) => listener());
}

// What is sent would be lost with the page.
window.addEventListener("beforeunload", (event) => {
  if ([...uploads.values()].some((upload) => upload.error === undefined)) event.preventDefault();
});

/** Sends a file; when it is there, the dataset's status tells how reading it goes. */
export async function startUpload(datasetId: string, file: File): Promise<void> {
  const control = new AbortController();
  const base = { fileName: file.name, cancel: () => control.abort() };
  set(datasetId, { ...base, part: 0 });
  try {
    await uploadItems({ datasetId, file, signal: control.signal, onProgress: (part) => set(datasetId, { ...base, part }) });
    await queryClient.invalidateQueries({ queryKey: [DATASETS_KEY] });
    set(datasetId, undefined);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") {
      set(datasetId, undefined);
      toast.info("The upload was cancelled");
      return;
    }
    set(datasetId, { ...base, part: 0, error: messageOf(error) });
    toast.bad(`${file.name} could not be uploaded`, error);
  }
}

export function dismissUpload(datasetId: string): void {
  set(datasetId, undefined);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The upload into a dataset, if there is one. */
export function useUpload(datasetId: string): UploadState | undefined {
  return useSyncExternalStore(subscribe, () => uploads.get(datasetId));
}
