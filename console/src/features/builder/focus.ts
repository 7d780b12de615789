import type { FieldPath, UseFormReturn } from "react-hook-form";
import type { Values } from "./values";

const MOST_FRAMES = 60;

/** Into a field, or the first one of a list, as soon as its step is drawn. */
export function focusField(form: UseFormReturn<Values>, field: string): void {
  let frames = 0;
  const attempt = () => {
    frames += 1;
    const before = document.activeElement;
    if (frames === 1) unfold(field);
    form.setFocus(field as FieldPath<Values>);
    if (document.activeElement !== before) return;
    elementOf(field)?.focus();
    if (document.activeElement === before && frames < MOST_FRAMES) requestAnimationFrame(attempt);
  };
  requestAnimationFrame(attempt);
}

/** What is folded away cannot have the focus: it is opened, from the outside in. */
function unfold(field: string): void {
  for (const holder of document.querySelectorAll<HTMLElement>("[data-holds]")) {
    const names = holder.dataset.holds?.split(" ") ?? [];
    if (!names.some((name) => field === name || field.startsWith(`${name}.`))) continue;
    const trigger = holder.querySelector<HTMLElement>("[aria-expanded]");
    if (trigger?.getAttribute("aria-expanded") === "false") trigger.click();
  }
}

function elementOf(field: string): HTMLElement | null {
  const name = CSS.escape(field);
  return (
    document.querySelector<HTMLElement>(`[name="${name}"]`) ??
    document.querySelector<HTMLElement>(`[name^="${name}."]`)
  );
}
