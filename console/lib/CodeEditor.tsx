import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, placeholder as placeholderText } from "@codemirror/view";
import { type RefObject, useEffect, useId, useRef } from "react";
import styles from "./CodeEditor.module.css";
import { errorAt, showError } from "./code-error";
import { highlighting, theme } from "./code-theme";
import { jsonataCompletion, jsonataLanguage } from "./jsonata";

export type Language = "json" | "jsonata" | "text";

export interface CodeEditorProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  language: Language;
  /** What a completion offers of a document: paths in it. */
  sample?: unknown;
  placeholder?: string;
  error?: string | undefined;
  /** Where in the text the error is, in characters from its beginning. */
  errorPosition?: number | null | undefined;
  hint?: string;
  minLines?: number;
  isReadOnly?: boolean;
  /** Where somebody has put the caret, while one is here; set by whoever changes the text, it is where one goes on. */
  caret?: RefObject<number | null>;
}

const LANGUAGES: Record<Language, Extension> = { json: json(), jsonata: jsonataLanguage, text: [] };

/** A text of a machine. Escape, then Tab, leaves it by keyboard. */
export default function CodeEditor(props: CodeEditorProps) {
  const { value, onChange, language, sample, error, errorPosition } = props;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const completion = useRef(new Compartment());
  const changed = useRef(onChange);
  const id = useId();
  changed.current = onChange;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; what changes later is told below
  useEffect(() => {
    if (!place.current) return;
    const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          EditorView.cspNonce.of(nonce),
          history(),
          lineNumbers(),
          bracketMatching(),
          closeBrackets(),
          indentOnInput(),
          LANGUAGES[language],
          syntaxHighlighting(highlighting),
          theme,
          errorAt,
          completion.current.of([]),
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
          EditorView.lineWrapping,
          EditorState.readOnly.of(props.isReadOnly ?? false),
          EditorView.contentAttributes.of({ "aria-label": props.label, "aria-describedby": id }),
          placeholderText(props.placeholder ?? ""),
          EditorView.updateListener.of((update) => {
            if (props.caret && update.view.hasFocus) props.caret.current = update.state.selection.main.head;
            if (update.docChanged) changed.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      if (props.caret) props.caret.current = null;
      made.destroy();
    };
  }, []);

  useEffect(() => {
    const made = view.current;
    if (made && made.state.doc.toString() !== value) {
      const at = props.caret?.current ?? null;
      made.dispatch({
        changes: { from: 0, to: made.state.doc.length, insert: value },
        ...(at === null ? {} : { selection: { anchor: Math.min(at, value.length) } }),
      });
    }
  }, [value, props.caret]);

  useEffect(() => {
    if (language !== "jsonata") return;
    view.current?.dispatch({ effects: completion.current.reconfigure(jsonataCompletion(sample)) });
  }, [language, sample]);

  useEffect(() => {
    view.current?.dispatch({ effects: showError.of(error ? (errorPosition ?? null) : null) });
  }, [error, errorPosition]);

  return (
    <div className={styles.field}>
      <div
        ref={place}
        className={`${styles.editor} ${error ? styles.invalid : ""}`}
        style={{ ["--lines" as string]: props.minLines ?? 6 }}
      />
      <p id={id} className={error ? styles.error : styles.hint} role={error ? "alert" : undefined}>
        {error ?? props.hint ?? ""}
      </p>
    </div>
  );
}
