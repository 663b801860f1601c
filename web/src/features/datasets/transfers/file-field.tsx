import { FileUp, X } from "lucide-react";
import { type DragEvent, useId, useRef, useState } from "react";
import { IconButton } from "@/components/ui";
import { cn } from "@/lib/cn";
import { formatBytes } from "@/lib/format";
import { UPLOAD_ACCEPT, uploadProblem } from "./upload";

interface FileFieldProps {
  file: File | undefined;
  onFileChange: (file: File | undefined) => void;
}

/** Takes a file with items, by drop or by choice. Says what is wrong with it at once. */
export function FileField({ file, onFileChange }: FileFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isTarget, setIsTarget] = useState(false);
  const problem = file && uploadProblem(file);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setIsTarget(false);
    const dropped = event.dataTransfer.files[0];
    if (dropped) onFileChange(dropped);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setIsTarget(true);
        }}
        onDragLeave={() => setIsTarget(false)}
        onDrop={onDrop}
        className={cn("relative rounded-lg border border-dashed border-line-strong bg-sunken transition-colors focus-within:border-accent", isTarget && "border-accent bg-accent-soft", problem && "border-bad")}
      >
        <input
          ref={input}
          id={id}
          type="file"
          accept={UPLOAD_ACCEPT}
          aria-label="File with items"
          aria-describedby={`${id}-hint`}
          aria-invalid={problem ? true : undefined}
          className="absolute inset-0 cursor-pointer opacity-0"
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            if (chosen) onFileChange(chosen);
          }}
        />
        {file ? (
          <div className="flex items-center gap-2.5 px-3 py-3">
            <FileUp className="size-4 shrink-0 text-muted" />
            <span className="min-w-0 flex-1 truncate font-medium">{file.name}</span>
            <span className="text-muted tabular">{formatBytes(file.size)}</span>
            <IconButton
              label="Remove the file"
              size="xs"
              className="relative"
              onClick={() => {
                if (input.current) input.current.value = "";
                onFileChange(undefined);
              }}
            >
              <X />
            </IconButton>
          </div>
        ) : (
          <div className="flex flex-col items-center gap-1 px-4 py-6 text-center">
            <FileUp className="size-5 text-faint" />
            <p>
              Drop a file here or <span className="text-accent">choose one</span>
            </p>
          </div>
        )}
      </div>
      <p id={`${id}-hint`} className={cn("text-xs", problem ? "text-bad" : "text-muted")} {...(problem ? { role: "alert" } : {})}>
        {problem ?? "CSV with a header line, a JSON array of objects, or one JSON object per line. Each row becomes an item. At most 2 GB."}
      </p>
    </div>
  );
}
