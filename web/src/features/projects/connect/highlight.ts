import type { Language } from "./snippets";

/** Part of a line of code. */
export interface Token {
  kind: "plain" | "string" | "keyword" | "comment" | "decorator";
  text: string;
}

const WORDS: Record<Language, string> = {
  bash: "",
  python: "import|from|as|def|return|with|for|in|if|else|class|async|await|None|True|False",
  typescript: "import|from|const|let|new|await|async|function|return|export|if|else|true|false|null",
};

/** Splits a snippet of ours into tokens. It knows what occurs in snippets, not the whole language. */
export function tokensOf(code: string, language: Language): Token[] {
  const comment = language === "typescript" ? "\\/\\/[^\\n]*" : "#[^\\n]*";
  const words = WORDS[language];
  const pattern = new RegExp(`(f?"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*')|(${comment})|(@[\\w.]+)${words ? `|\\b(${words})\\b` : ""}`, "g");
  const tokens: Token[] = [];
  let end = 0;
  for (const match of code.matchAll(pattern)) {
    if (match.index > end) tokens.push({ kind: "plain", text: code.slice(end, match.index) });
    const kind = match[1] ? "string" : match[2] ? "comment" : match[3] ? "decorator" : "keyword";
    tokens.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < code.length) tokens.push({ kind: "plain", text: code.slice(end) });
  return tokens;
}
