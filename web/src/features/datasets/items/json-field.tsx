import { useEffect, useId, useState } from "react";
import { CodeEditor } from "@/components/code-editor";
import { formatJson, type Parsed, sameJson } from "./json";

interface JsonFieldProps<Value> {
  label: string;
  value: Value;
  parse: (text: string) => Parsed<Value>;
  onChange: (value: Value) => void;
  /** Told what is wrong with the text, and `undefined` when it is right again or the field goes away. */
  onError: (error: string | undefined) => void;
  readOnly?: boolean;
  height?: string;
  autoFocus?: boolean;
}

/** A JSON value as text. Only text that is right becomes the value; what is wrong is said under it. */
export function JsonField<Value>({ label, value, parse, onChange, onError, readOnly, height, autoFocus }: JsonFieldProps<Value>) {
  const id = useId();
  const [text, setText] = useState(() => formatJson(value));
  const [known, setKnown] = useState(value);
  const [error, setError] = useState<string>();
  // The value was changed by somebody else, such as "revert".
  if (known !== value) {
    setKnown(value);
    if (!sameJson(known, value)) {
      setText(formatJson(value));
      setError(undefined);
    }
  }
  useEffect(() => {
    onError(error);
    return () => onError(undefined);
    // Only the message counts; the callback is new in every render.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [error]);
  return (
    <div className="flex min-h-0 flex-col gap-1">
      <CodeEditor
        label={label}
        language="json"
        value={text}
        readOnly={readOnly ?? false}
        isInvalid={error !== undefined}
        {...(error ? { describedBy: id } : {})}
        {...(height ? { height } : {})}
        {...(autoFocus ? { autoFocus } : {})}
        onChange={(next) => {
          setText(next);
          const parsed = parse(next);
          setError(parsed.error);
          if (parsed.error === undefined) {
            setKnown(parsed.value);
            onChange(parsed.value);
          }
        }}
      />
      {error && (
        <p id={id} role="alert" className="text-xs text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
