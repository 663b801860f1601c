import { CircleAlert, LoaderCircle, X } from "lucide-react";
import { Button, IconButton } from "@/components/ui";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import type { Dataset } from "../model";
import { dismissUpload, useUpload } from "./upload-store";

/** How the file of a dataset is doing: on its way, being read, or failed. */
export function UploadBanner({ dataset }: { dataset: Dataset }) {
  const upload = useUpload(dataset.id);
  if (upload?.error !== undefined) {
    return (
      <Banner tone="bad">
        <CircleAlert className="size-4 shrink-0" />
        <span className="min-w-0 flex-1">
          {upload.fileName} was not taken: {upload.error}
        </span>
        <IconButton label="Dismiss" size="xs" onClick={() => dismissUpload(dataset.id)}>
          <X />
        </IconButton>
      </Banner>
    );
  }
  if (upload) {
    const percent = Math.round(upload.part * 100);
    return (
      <Banner>
        <span className="min-w-0 flex-1 truncate">Uploading {upload.fileName}</span>
        <div role="progressbar" aria-label={`Upload of ${upload.fileName}`} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100} className="h-1.5 w-40 overflow-hidden rounded-full bg-line">
          <div className="h-full rounded-full bg-accent transition-[width]" style={{ width: `${percent}%` }} />
        </div>
        <span className="w-9 text-end tabular">{percent}%</span>
        <Button size="xs" variant="ghost" onClick={upload.cancel}>
          Cancel
        </Button>
      </Banner>
    );
  }
  if (dataset.status === "processing") {
    return (
      <Banner>
        <LoaderCircle className="size-4 shrink-0 animate-spin text-accent" />
        <span className="min-w-0 flex-1">Reading the file. {dataset.dataset_items_count > 0 && `${formatCount(dataset.dataset_items_count)} items so far.`} The items appear here by themselves.</span>
      </Banner>
    );
  }
  if (dataset.status === "failed") {
    return (
      <Banner tone="bad">
        <CircleAlert className="size-4 shrink-0" />
        <span className="min-w-0 flex-1">The last file could not be read. Check that every row has the same shape, then upload it again.</span>
      </Banner>
    );
  }
  return null;
}

function Banner({ tone = "neutral", children }: { tone?: "neutral" | "bad"; children: React.ReactNode }) {
  return (
    <div role="status" className={cn("flex min-h-9 shrink-0 items-center gap-3 border-b border-line px-4 py-1.5 text-sm", tone === "bad" ? "bg-bad-soft text-bad" : "bg-accent-soft")}>
      {children}
    </div>
  );
}
