import type { FieldPath, UseFormReturn } from "react-hook-form";
import type { Values } from "./values";

const MOST_FRAMES = 60;

const ACTS = ["keydown", "pointerdown"] as const;

/** Into a field, or the first one of a list, as soon as its step is drawn. Who does something meanwhile is led no more. */
export function focusField(form: Pick<UseFormReturn<Values>, "setFocus">, field: string): void {
  let frames = 0;
  const end = () => {
    frames = MOST_FRAMES;
    for (const act of ACTS) window.removeEventListener(act, end, true);
  };
  const attempt = () => {
    if (frames >= MOST_FRAMES) return end();
    frames += 1;
    const before = document.activeElement;
    if (frames === 1) unfold(field);
    if (isAt(field)) return end();
    form.setFocus(field as FieldPath<Values>);
    if (document.activeElement !== before) return end();
    elementOf(field)?.focus();
    if (document.activeElement !== before) return end();
    requestAnimationFrame(attempt);
  };
  requestAnimationFrame(() => {
    // What has led here is over by now.
    for (const act of ACTS) window.addEventListener(act, end, true);
    attempt();
  });
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

const isAt = (field: string): boolean => {
  const element = elementOf(field);
  return element !== null && element === document.activeElement;
};

function elementOf(field: string): HTMLElement | null {
  const name = CSS.escape(field);
  return (
    document.querySelector<HTMLElement>(`[name="${name}"]`) ??
    document.querySelector<HTMLElement>(`[name^="${name}."]`)
  );
}
