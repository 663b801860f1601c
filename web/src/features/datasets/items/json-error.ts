/** Where a text stops being JSON, and why. */
export interface JsonProblem {
  /** Both from 1. */
  line: number;
  column: number;
  message: string;
}

class Problem extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

const LITERALS = ["true", "false", "null"];

/**
 * Reads a text as JSON and says what is wrong in words that are the same in every browser. Whole numbers beyond 2^53
 * count as wrong, because a browser would store different ones. Gives `undefined` when nothing is wrong.
 */
export function findJsonProblem(text: string): JsonProblem | undefined {
  let at = 0;
  const skip = () => {
    while (at < text.length && /[ \t\r\n]/.test(text.charAt(at))) at += 1;
  };
  const describe = () => (at >= text.length ? "the end of the text" : `“${text.charAt(at)}”`);

  const readString = () => {
    const start = at;
    at += 1;
    for (;;) {
      if (at >= text.length) throw new Problem("This text has no closing quote", start);
      const char = text.charAt(at);
      if (char === '"') break;
      if (char < " ") throw new Problem(char === "\n" ? "A line break in a text is written \\n" : "A control character in a text has to be escaped", at);
      if (char === "\\") {
        const escape = text.charAt(at + 1);
        if (escape === "u") {
          if (!/^[0-9a-f]{4}$/i.test(text.slice(at + 2, at + 6))) throw new Problem("\\u needs four hexadecimal digits", at);
          at += 4;
        } else if (!'"\\/bfnrt'.includes(escape) || escape === "") throw new Problem(`“\\${escape}” is no escape: a backslash is written \\\\`, at);
        at += 1;
      }
      at += 1;
    }
    at += 1;
  };
  const readScalar = () => {
    const word = /^[^\s,:[\]{}"]+/.exec(text.slice(at, at + 200))?.[0] ?? "";
    if (word === "") throw new Problem(text.charAt(at) === "" ? "A value is missing: the text ends here" : `A value is missing before ${describe()}`, at);
    if (/^-?(0|[1-9]\d*)$/.test(word) && !Number.isSafeInteger(Number(word))) throw new Problem(`${word} is too large to be kept exactly: write it as text, in quotes`, at);
    if (LITERALS.includes(word) || /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(word)) {
      at += word.length;
      return;
    }
    if (word.startsWith("'")) throw new Problem("Texts stand in double quotes", at);
    if (/^(True|False|None)$/.test(word)) throw new Problem(`${word} is Python: write ${word === "None" ? "null" : word.toLowerCase()}`, at);
    if (/^-?[\d.+]/.test(word)) throw new Problem(`${word} is not a number in JSON`, at);
    throw new Problem(`${word} has to stand in double quotes`, at);
  };
  // Containers that are open; a stack, because deep values must not end the program.
  const open: ("{" | "[")[] = [];
  const readKey = () => {
    skip();
    if (text.charAt(at) !== '"') throw new Problem(at < text.length && text.charAt(at) !== "}" ? "The name of a field stands in double quotes" : `A field is missing before ${describe()}`, at);
    readString();
    skip();
    if (text.charAt(at) !== ":") throw new Problem(`A colon is missing after the name of the field, before ${describe()}`, at);
    at += 1;
  };
  /** Reads the begin of a value; whether it is complete. */
  const readValue = (): boolean => {
    skip();
    const char = text.charAt(at);
    if (char === '"') readString();
    else if (char === "{" || char === "[") {
      at += 1;
      skip();
      if (text.charAt(at) === (char === "{" ? "}" : "]")) at += 1;
      else {
        open.push(char);
        if (char === "{") readKey();
        return false;
      }
    } else readScalar();
    return true;
  };
  const run = () => {
    for (;;) {
      if (!readValue()) continue;
      for (;;) {
        skip();
        const container = open.at(-1);
        if (container === undefined) {
          if (at < text.length) throw new Problem(`Nothing may follow the value, but ${describe()} does`, at);
          return;
        }
        const closing = container === "{" ? "}" : "]";
        if (text.charAt(at) === closing) {
          at += 1;
          open.pop();
          continue;
        }
        if (text.charAt(at) !== ",") throw new Problem(at >= text.length ? `A closing ${closing} is missing` : `A comma is missing before ${describe()}`, at);
        at += 1;
        skip();
        if (text.charAt(at) === closing) throw new Problem(`No comma may stand before ${closing}`, at);
        if (container === "{") readKey();
        break;
      }
    }
  };
  try {
    run();
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const before = text.slice(0, error.at).split("\n");
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: error.message };
  }
}
