import { queryOptions } from "@tanstack/react-query";
import { api, apiRoot, dataOf, requestHeaders } from "@/api/client";
import { errorOf } from "@/api/errors";
import { queryClient } from "@/app/router";
import { toast } from "@/components/ui";
import { downloadText } from "@/lib/clipboard";
import { slugOf } from "@/lib/format";
import { DATASETS_KEY } from "../api";
import type { ExportJob } from "../model";

/** Milliseconds between two looks at jobs that are not done. */
const JOB_POLL = 2000;

export function isRunning(job: ExportJob): boolean {
  return job.status === "PENDING" || job.status === "PROCESSING";
}

/** Exports of the last day, the newest first; asked again while one is at work. */
export function exportJobsQuery() {
  return queryOptions({
    queryKey: [DATASETS_KEY, "export-jobs"],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/private/datasets/export-jobs", { signal })),
    refetchInterval: (query) => (query.state.data?.some(isRunning) ? JOB_POLL : false),
    staleTime: 10_000,
  });
}

/** Writes the latest version of a dataset into a CSV file on the server, and says so on whatever page is open then. */
export async function startExport(datasetId: string, datasetName: string): Promise<void> {
  const job = await dataOf(api.POST("/v1/private/datasets/{id}/export", { params: { path: { id: datasetId } } }));
  toast.info(`Writing ${datasetName} as CSV`, "You can go on; a message tells when it is ready.");
  void queryClient.invalidateQueries({ queryKey: exportJobsQuery().queryKey });
  void watch(job);
}

async function watch(job: ExportJob): Promise<void> {
  let current = job;
  while (isRunning(current)) {
    await new Promise((resolve) => setTimeout(resolve, JOB_POLL));
    try {
      current = await dataOf(api.GET("/v1/private/datasets/export-jobs/{jobId}", { params: { path: { jobId: job.id } } }));
    } catch (error) {
      toast.bad(`The export of ${job.dataset_name} could not be followed`, error);
      return;
    }
  }
  void queryClient.invalidateQueries({ queryKey: exportJobsQuery().queryKey });
  if (current.status === "FAILED") toast.bad(`The export of ${job.dataset_name} failed: ${current.error_message ?? "the server does not say why"}`);
  else toast.offer(`${job.dataset_name} is ready as CSV`, "Download", () => void downloadExport(current));
}

/** Fetches the file of a job that is done and offers it. */
export async function downloadExport(job: ExportJob): Promise<void> {
  try {
    const response = await fetch(`${apiRoot}/v1/private/datasets/export-jobs/${job.id}/download`, { headers: requestHeaders() });
    if (!response.ok) throw await errorOf(response);
    downloadText(`${slugOf(job.dataset_name)}.csv`, await response.blob());
    await api.PUT("/v1/private/datasets/export-jobs/{jobId}/mark-viewed", { params: { path: { jobId: job.id } } });
    void queryClient.invalidateQueries({ queryKey: exportJobsQuery().queryKey });
  } catch (error) {
    toast.bad("The file could not be downloaded", error);
  }
}
