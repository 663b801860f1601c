import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "@/lib/cn";

const CONTROL =
  "w-full min-w-0 rounded-md border border-line-strong/80 bg-surface text-ink shadow-sm transition-colors hover:border-line-strong aria-invalid:border-bad disabled:opacity-60";

/** A one-line text field. */
export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input autoComplete="off" spellCheck={false} className={cn(CONTROL, "h-8 px-2.5 text-sm", className)} {...props} />;
}

/** A text field of several lines. */
export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(CONTROL, "min-h-20 px-2.5 py-1.5 text-sm", className)} {...props} />;
}

/** A choice from a short list, with the platform's own list. */
export function NativeSelect({ className, children, ...props }: ComponentProps<"select">) {
  return (
    <select className={cn(CONTROL, "h-8 appearance-none truncate bg-(image:--chevron) bg-size-[1rem] bg-position-[right_0.375rem_center] bg-no-repeat px-2 pe-7 text-sm", className)} {...props}>
      {children}
    </select>
  );
}

interface FieldProps {
  label: ReactNode;
  /** Says more under the control. */
  hint?: ReactNode;
  /** What is wrong; replaces the hint. */
  error?: ReactNode;
  optional?: boolean;
  className?: string;
  /** Gets the attributes that tie the control to its label and messages. */
  children: (control: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;
}

/** A control with its label, hint and error. */
export function Field({ label, hint, error, optional, className, children }: FieldProps) {
  const id = useId();
  const message = error ?? hint;
  return (
    <div className={cn("flex flex-col gap-1", className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
        {optional && <span className="ms-1.5 font-normal text-faint">optional</span>}
      </label>
      {children({ id, ...(message ? { "aria-describedby": `${id}-message` } : {}), ...(error ? { "aria-invalid": true as const } : {}) })}
      {message && (
        <p id={`${id}-message`} className={cn("text-xs", error ? "text-bad" : "text-muted")} {...(error ? { role: "alert" } : {})}>
          {message}
        </p>
      )}
    </div>
  );
}
