import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";

/** Where it goes wrong; null: it does not. */
export const showError = StateEffect.define<number | null>();
const mark = Decoration.mark({ class: "cm-error-mark" });

/** Underlines the token that ends at the position, as JSONata counts, until the text changes. */
export const errorAt = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    const told = transaction.effects.find((effect) => effect.is(showError));
    if (told) return marked(transaction.state.doc.toString(), told.value as number | null);
    return transaction.docChanged ? Decoration.none : shown;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function marked(text: string, position: number | null): DecorationSet {
  if (position === null || text === "") return Decoration.none;
  const to = Math.max(1, Math.min(position, text.length));
  let from = to - 1;
  while (from > 0 && /\w/.test(text[from] ?? "") && /\w/.test(text[from - 1] ?? "")) from -= 1;
  return Decoration.set([mark.range(from, to)]);
}
