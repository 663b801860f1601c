import { lazy, Suspense } from "react";
import { Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";

/** What the editor colours and checks. */
export type CodeLanguage = "json" | "yaml" | "markdown" | "python" | "text";

export interface CodeEditorProps {
  value: string;
  /** Called with the whole text after every change. */
  onChange?: (value: string) => void;
  language?: CodeLanguage;
  readOnly?: boolean;
  /** Name for screen readers. */
  label: string;
  /** CSS length, or `"auto"` to grow with the text between 3 and about 24 lines. Default: `"auto"`. */
  height?: string;
  placeholder?: string;
  /** Puts the cursor here when the editor appears. */
  autoFocus?: boolean;
  /** Numbers beside the lines. Default: yes for JSON, YAML and Python. */
  lineNumbers?: boolean;
  /** Marks every match in the text, such as the variables of a template. Needs the flag `g`; keep the object stable. */
  highlight?: RegExp;
  /** Called on Ctrl+Enter or Cmd+Enter. */
  onSubmit?: () => void;
  /** Id of an element that describes the field, such as its error. */
  describedBy?: string;
  isInvalid?: boolean;
  testId?: string;
  className?: string;
}

const Editor = lazy(() => import("./editor"));

/**
 * A text editor for code: colours, folding, search and, for JSON, errors in place. The editor itself is loaded when it
 * is first needed.
 */
export function CodeEditor({ className, height = "auto", ...props }: CodeEditorProps) {
  return (
    <div
      className={cn(
        "min-w-0 overflow-hidden rounded-md border border-line-strong/80 bg-surface focus-within:border-accent",
        props.readOnly && "border-line bg-sunken",
        props.isInvalid && "border-bad focus-within:border-bad",
        className,
      )}
      style={height === "auto" ? undefined : { height }}
      data-testid={props.testId}
    >
      <Suspense fallback={<div className="flex flex-col gap-2 p-3"><Skeleton className="h-3 w-1/2" /><Skeleton className="h-3 w-2/3" /><Skeleton className="h-3 w-1/3" /></div>}>
        <Editor height={height} {...props} />
      </Suspense>
    </div>
  );
}
