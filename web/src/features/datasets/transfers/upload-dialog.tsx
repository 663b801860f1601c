import { useState } from "react";
import { Button, Dialog } from "@/components/ui";
import { FileField } from "./file-field";
import { uploadProblem } from "./upload";
import { startUpload } from "./upload-store";

interface UploadDialogProps {
  datasetId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Adds the rows of a file to a dataset, as a new version. */
export function UploadDialog({ datasetId, open, onOpenChange }: UploadDialogProps) {
  const [file, setFile] = useState<File>();
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Add items from a file"
      description="The items that are there stay. The result is a new version."
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button
            variant="primary"
            disabled={!file || uploadProblem(file) !== undefined}
            onClick={() => {
              if (file) void startUpload(datasetId, file);
              setFile(undefined);
              onOpenChange(false);
            }}
          >
            Upload
          </Button>
        </>
      }
    >
      <FileField file={file} onFileChange={setFile} />
    </Dialog>
  );
}
