import type { FieldPath, UseFormReturn } from "react-hook-form";
import type { Values } from "./values";

const MOST_FRAMES = 60;

/** Into a field, or the first one of a list, as soon as its step is drawn. */
export function focusField(form: UseFormReturn<Values>, field: string): void {
  let frames = 0;
  const attempt = () => {
    frames += 1;
    const before = document.activeElement;
    form.setFocus(field as FieldPath<Values>);
    if (document.activeElement !== before) return;
    const named = elementOf(field);
    if (named) named.focus();
    else if (frames < MOST_FRAMES) requestAnimationFrame(attempt);
  };
  requestAnimationFrame(attempt);
}

function elementOf(field: string): HTMLElement | null {
  const name = CSS.escape(field);
  return (
    document.querySelector<HTMLElement>(`[name="${name}"]`) ??
    document.querySelector<HTMLElement>(`[name^="${name}."]`)
  );
}
