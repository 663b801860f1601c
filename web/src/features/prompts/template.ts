/** Languages that templates of prompts are written in. */
export type TemplateLanguage = "mustache" | "jinja2" | "python";

/** A run of a template. */
export interface TemplateRun {
  /** A value to fill in, a control such as a section or a loop, a comment, or plain text. */
  kind: "text" | "variable" | "control" | "comment";
  text: string;
}

/** UTF-16 units up to which a template is taken apart; longer ones are shown as plain text. */
export const MAX_TEMPLATE_CHARS = 400_000;

const TAGS: Record<TemplateLanguage, RegExp> = {
  mustache: /\{\{\{[^{}]*\}\}\}|\{\{[^{}]*\}\}/g,
  jinja2: /\{#[\s\S]*?#\}|\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}/g,
  python: /\{\{|\}\}|\{\w+\}/g,
};

/** Matches the variables and controls of a template, for editors that mark them. */
export function tagPattern(language: TemplateLanguage): RegExp {
  return language === "python" ? PYTHON_VARIABLE : TAGS[language];
}

const PYTHON_VARIABLE = /(?<!\{)\{\w+\}(?!\})/g;

/** What the languages are called. */
export const LANGUAGES: readonly { value: TemplateLanguage; label: string; example: string }[] = [
  { value: "mustache", label: "Mustache", example: "{{name}}" },
  { value: "jinja2", label: "Jinja2", example: "{{ name }}" },
  { value: "python", label: "Python format", example: "{name}" },
];

/** Takes a template apart into text, variables and controls, in order. Joined, the runs are the template again. */
export function templateRuns(template: string, language: TemplateLanguage): TemplateRun[] {
  if (template.length > MAX_TEMPLATE_CHARS) return [{ kind: "text", text: template }];
  const runs: TemplateRun[] = [];
  let end = 0;
  for (const match of template.matchAll(TAGS[language])) {
    if (match.index > end) runs.push({ kind: "text", text: template.slice(end, match.index) });
    runs.push({ kind: kindOf(match[0], language), text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < template.length) runs.push({ kind: "text", text: template.slice(end) });
  return runs;
}

function kindOf(tag: string, language: TemplateLanguage): TemplateRun["kind"] {
  if (language === "python") return tag === "{{" || tag === "}}" ? "text" : "variable";
  if (language === "jinja2") return tag.startsWith("{#") ? "comment" : tag.startsWith("{%") ? "control" : "variable";
  const inner = tag.replace(/^\{\{\{?\s*|\s*\}?\}\}$/g, "");
  if (inner.startsWith("!")) return "comment";
  return inner === "" || /^[#^/>=]/.test(inner) ? "control" : "variable";
}

/** Names that a template expects values for, in the order of their first use. */
export function variablesOf(template: string, language: TemplateLanguage): string[] {
  const runs = templateRuns(template, language);
  if (language === "jinja2") return jinjaVariables(runs);
  const names = runs
    .filter((run) => run.kind === "variable")
    .map((run) => (language === "python" ? run.text.slice(1, -1) : run.text.replace(/^\{\{\{?&?\s*|\s*\}?\}\}$/g, "")))
    .map((name) => name.trim());
  return [...new Set(names)].filter(Boolean);
}

const JINJA_WORDS = new Set(
  ["and", "or", "not", "in", "is", "if", "else", "elif", "endif", "for", "endfor", "set", "endset", "true", "false", "none", "True", "False", "None", "loop", "recursive"].concat(
    ["block", "endblock", "macro", "endmacro", "raw", "endraw", "filter", "endfilter", "with", "endwith", "include", "import", "from", "as", "extends", "call", "endcall", "range", "dict", "defined", "undefined"],
  ),
);

/** Names read in expressions, without those that loops and `set` make, without filters, attributes and texts. */
function jinjaVariables(runs: readonly TemplateRun[]): string[] {
  const own = new Set<string>();
  const read: string[] = [];
  for (const run of runs) {
    if (run.kind !== "variable" && run.kind !== "control") continue;
    let code = run.text.slice(2, -2).replace(/^[-+]|[-+]$/g, "").replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, " ");
    const loop = /^\s*for\s+(.+?)\s+in\b/s.exec(code);
    const assigned = /^\s*set\s+([\w,\s]+?)\s*(?:=|$)/.exec(code);
    for (const name of (loop?.[1] ?? assigned?.[1] ?? "").split(",")) if (name.trim()) own.add(name.trim());
    if (loop) code = code.slice(loop[0].length);
    else if (assigned) code = code.slice(assigned[0].length);
    for (const match of code.matchAll(/(?<![\w.])([A-Za-z_]\w*)(\s*=(?!=))?/g)) {
      const name = match[1] ?? "";
      const isFilter = /\|\s*$/.test(code.slice(0, match.index));
      const isTest = /\bis(?:\s+not)?\s+$/.test(code.slice(0, match.index));
      if (!isFilter && !isTest && !match[2] && !JINJA_WORDS.has(name)) read.push(name);
    }
  }
  return [...new Set(read)].filter((name) => !own.has(name));
}

/** Values for variables, for trying a template out. Only plain variables are filled, controls stay. */
export function fillTemplate(template: string, language: TemplateLanguage, values: Readonly<Record<string, string>>): string {
  return templateRuns(template, language)
    .map((run) => {
      const name = run.kind === "variable" ? variablesOf(run.text, language)[0] : undefined;
      return name === undefined ? run.text : (values[name] ?? run.text);
    })
    .join("");
}
