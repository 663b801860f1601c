import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { markdown } from "@codemirror/lang-markdown";
import { python } from "@codemirror/lang-python";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput } from "@codemirror/language";
import { linter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, type Extension } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, lineNumbers as lineNumbersOf, MatchDecorator, placeholder as placeholderOf, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { nonce } from "@/lib/nonce";
import type { CodeEditorProps, CodeLanguage } from "./code-editor";
import { editorTheme } from "./theme";

/** Longest text that is parsed for colours and errors, in characters: beyond it typing would stutter. */
const MAX_PARSED_CHARS = 2_000_000;

/** Marks changes that came from the outside, so that they are not reported back. */
const fromOutside = Annotation.define<boolean>();

function languageOf(language: CodeLanguage): Extension {
  if (language === "json") return [json(), linter(jsonErrors)];
  if (language === "yaml") return yaml();
  if (language === "markdown") return markdown();
  if (language === "python") return python();
  return [];
}

const parseJson = jsonParseLinter();

function jsonErrors(view: EditorView) {
  if (view.state.doc.length > MAX_PARSED_CHARS || view.state.doc.toString().trim() === "") return [];
  return parseJson(view);
}

function highlighterOf(pattern: RegExp): Extension {
  const decorator = new MatchDecorator({ regexp: pattern, decoration: Decoration.mark({ class: "cm-highlight" }) });
  return ViewPlugin.define(
    (view) => ({
      marks: decorator.createDeco(view),
      update(update: ViewUpdate) {
        this.marks = decorator.updateDeco(update, this.marks);
      },
    }),
    { decorations: (plugin) => plugin.marks },
  );
}

const NUMBERED: readonly CodeLanguage[] = ["json", "yaml", "python"];

/** The editor behind {@link CodeEditorProps}; load it lazily. */
export default function Editor({
  value,
  onChange,
  language = "text",
  readOnly = false,
  label,
  height = "auto",
  placeholder = "",
  autoFocus = false,
  lineNumbers = NUMBERED.includes(language),
  highlight,
  onSubmit,
  describedBy,
  isInvalid = false,
}: Omit<CodeEditorProps, "className" | "testId">) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const slots = useRef({ language: new Compartment(), state: new Compartment(), attributes: new Compartment(), highlight: new Compartment() });
  const latest = useRef({ onChange, onSubmit });
  useEffect(() => {
    latest.current = { onChange, onSubmit };
  });

  const grammar = value.length > MAX_PARSED_CHARS ? "text" : language;
  const stateOf = () => [EditorState.readOnly.of(readOnly), EditorView.editable.of(!readOnly), placeholderOf(placeholder)];
  const attributesOf = () =>
    EditorView.contentAttributes.of({
      "aria-label": label,
      "aria-multiline": "true",
      ...(readOnly ? { "aria-readonly": "true", tabindex: "0" } : {}),
      ...(describedBy ? { "aria-describedby": describedBy } : {}),
      ...(isInvalid ? { "aria-invalid": "true" } : {}),
    });

  useEffect(() => {
    const parent = host.current;
    if (!parent) return undefined;
    const places = slots.current;
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc: value,
        extensions: [
          nonce ? EditorView.cspNonce.of(nonce) : [],
          lineNumbers ? lineNumbersOf() : [],
          lineNumbers ? [codeFolding(), foldGutter({ openText: "▾", closedText: "▸" })] : [],
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightSelectionMatches(),
          search({ top: true }),
          EditorView.lineWrapping,
          keymap.of([
            {
              key: "Mod-Enter",
              run: () => {
                latest.current.onSubmit?.();
                return latest.current.onSubmit !== undefined;
              },
            },
            // Escape then Tab leaves the editor; without it, Tab would be a trap for the keyboard.
            ...(readOnly ? [] : [indentWithTab]),
            ...defaultKeymap,
            ...historyKeymap,
            ...foldKeymap,
            ...searchKeymap,
            ...lintKeymap,
          ]),
          editorTheme(height),
          places.language.of(languageOf(grammar)),
          places.state.of(stateOf()),
          places.attributes.of(attributesOf()),
          places.highlight.of(highlight ? highlighterOf(highlight) : []),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((step) => step.annotation(fromOutside))) {
              latest.current.onChange?.(update.state.doc.toString());
            }
          }),
        ],
      }),
    });
    view.current = editor;
    if (autoFocus) editor.focus();
    return () => {
      editor.destroy();
      view.current = null;
    };
    // The editor is made once; what may change later is set by the effects below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const current = editor.state.doc;
    if (current.length === value.length && current.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: current.length, insert: value }, annotations: fromOutside.of(true) });
  }, [value]);
  useEffect(() => view.current?.dispatch({ effects: slots.current.language.reconfigure(languageOf(grammar)) }), [grammar]);
  useEffect(() => {
    view.current?.dispatch({ effects: [slots.current.state.reconfigure(stateOf()), slots.current.attributes.reconfigure(attributesOf())] });
    // Both functions read exactly these values.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [readOnly, placeholder, label, describedBy, isInvalid]);
  useEffect(() => view.current?.dispatch({ effects: slots.current.highlight.reconfigure(highlight ? highlighterOf(highlight) : []) }), [highlight]);

  return <div ref={host} className="h-full min-h-0" />;
}
