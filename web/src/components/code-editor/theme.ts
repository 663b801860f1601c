import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colors = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--kind-llm)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--kind-general)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--kind-guardrail)" },
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.moduleKeyword], color: "var(--kind-trace)" },
  { tag: [tags.function(tags.variableName), tags.definition(tags.variableName), tags.className], color: "var(--kind-llm)" },
  { tag: [tags.comment, tags.meta], color: "var(--faint)", fontStyle: "italic" },
  { tag: tags.heading, fontWeight: "600" },
  { tag: tags.strong, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "var(--accent)" },
  { tag: tags.monospace, color: "var(--kind-tool)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

/** Look of the editor, from the design tokens, so that it follows the theme by itself. */
export function editorTheme(height: string): Extension {
  const isAuto = height === "auto";
  return [
    syntaxHighlighting(colors),
    EditorView.theme({
      "&": { color: "var(--ink)", backgroundColor: "transparent", fontSize: "0.75rem", ...(isAuto ? { maxHeight: "30rem" } : { height: "100%" }) },
      "&.cm-focused": { outline: "none" },
      ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.55", overflow: "auto", ...(isAuto ? { minHeight: "4.5rem" } : {}) },
      ".cm-content": { padding: "0.5rem 0", caretColor: "var(--ink)" },
      ".cm-line": { padding: "0 0.75rem" },
      ".cm-gutters": { backgroundColor: "transparent", border: "none", color: "var(--faint)" },
      ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.25rem 0 0.75rem", minWidth: "2rem" },
      ".cm-foldGutter .cm-gutterElement": { color: "var(--faint)", cursor: "pointer" },
      ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", border: "1px solid var(--line)", color: "var(--muted)", padding: "0 0.25rem" },
      ".cm-cursor": { borderLeftColor: "var(--ink)" },
      "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
        backgroundColor: "color-mix(in oklab, var(--accent) 24%, transparent)",
      },
      ".cm-placeholder": { color: "var(--faint)" },
      ".cm-selectionMatch": { backgroundColor: "color-mix(in oklab, var(--mark) 45%, transparent)" },
      ".cm-searchMatch": { backgroundColor: "var(--mark)", color: "inherit" },
      ".cm-searchMatch-selected": { outline: "1px solid var(--accent)" },
      "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--hover)", outline: "1px solid var(--line-strong)" },
      ".cm-highlight": { color: "var(--accent)", backgroundColor: "var(--accent-soft)", borderRadius: "var(--radius-sm)", padding: "0 1px" },
      ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)", borderColor: "var(--line)" },
      ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
      ".cm-panel.cm-search": { padding: "0.375rem 0.5rem", fontFamily: "var(--font-sans)" },
      ".cm-panel.cm-search label": { fontSize: "0.75rem", color: "var(--muted)" },
      ".cm-textfield": { border: "1px solid var(--line-strong)", borderRadius: "var(--radius-sm)", backgroundColor: "var(--surface)", color: "var(--ink)", fontSize: "0.75rem", padding: "0.125rem 0.375rem" },
      ".cm-button": { border: "1px solid var(--line-strong)", borderRadius: "var(--radius-sm)", backgroundColor: "var(--surface)", backgroundImage: "none", color: "var(--ink)", fontSize: "0.75rem" },
      ".cm-tooltip": { border: "1px solid var(--line)", borderRadius: "var(--radius-md)", backgroundColor: "var(--raised)", color: "var(--ink)", boxShadow: "var(--shadow-md)" },
      ".cm-diagnostic": { fontFamily: "var(--font-sans)", fontSize: "0.75rem", padding: "0.25rem 0.5rem" },
      ".cm-diagnostic-error": { borderLeft: "3px solid var(--bad)" },
      ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
    }),
  ];
}
