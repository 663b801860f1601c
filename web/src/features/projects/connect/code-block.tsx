import { useMemo } from "react";
import { CopyButton } from "@/components/ui/copy-button";
import { cn } from "@/lib/cn";
import { type Token, tokensOf } from "./highlight";
import type { Language } from "./snippets";

interface CodeBlockProps {
  code: string;
  language: Language;
  /** Shown above, such as a file name. */
  title?: string;
  /** Name of the copy button. */
  copyLabel: string;
}

const COLORS: Record<Token["kind"], string | undefined> = {
  plain: undefined,
  string: "text-kind-general",
  keyword: "text-kind-trace",
  decorator: "text-kind-guardrail",
  comment: "text-faint",
};

/** Code to copy. */
export function CodeBlock({ code, language, title, copyLabel }: CodeBlockProps) {
  const tokens = useMemo(() => tokensOf(code, language), [code, language]);
  const isOneLine = !title;
  return (
    <div className={cn("overflow-hidden rounded-lg border border-line bg-sunken", isOneLine && "flex items-center")}>
      {title && (
        <div className="flex h-9 items-center gap-2 border-b border-line ps-3 pe-1">
          <span className="min-w-0 flex-1 truncate font-mono text-xs text-muted">{title}</span>
          <CopyButton text={code} label={copyLabel} />
        </div>
      )}
      <pre tabIndex={0} aria-label={title ?? copyLabel} className={cn("min-w-0 flex-1 overflow-x-auto px-3 font-mono text-sm", isOneLine ? "py-2" : "py-3")}>
        <code>
          {tokens.map((token, index) => (
            <span key={index} className={COLORS[token.kind]}>
              {token.text}
            </span>
          ))}
        </code>
      </pre>
      {isOneLine && <CopyButton text={code} label={copyLabel} className="me-1" />}
    </div>
  );
}
