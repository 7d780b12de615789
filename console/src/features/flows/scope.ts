import { isObject, type Json } from "@json/exact";
import { rows, type Step } from "./steps";

/** A variable that an earlier step keeps its answer in. */
export interface Stored {
  name: string;
  by: Step;
}

/** What texts of this step may name beside the contact and the input: in the order in which steps are written, as the
 * engine judges it. */
export function storedBefore(steps: readonly Step[], id: string): Stored[] {
  const found = new Map<string, Step>();
  for (const { step } of rows(steps)) {
    if (step.id === id) break;
    if (step.action === "connector" && step.storeAs) found.set(step.storeAs, step);
  }
  return [...found].map(([name, by]) => ({ name, by }));
}

/** The names of `{{input.…}}` that a flow uses, in the order of their first use: what is asked for before a run. */
export function inputNames(steps: readonly Step[]): string[] {
  const found = new Set<string>();
  for (const { step } of rows(steps)) {
    const { then: _then, else: _else, ...own } = step as Step & { then?: unknown; else?: unknown };
    for (const text of textsOf(own as unknown as Json)) {
      for (const inner of placeholders(text)) {
        const [, name] = /^\s*input\.([A-Za-z_][\w-]*)/.exec(inner) ?? [];
        if (name) found.add(name);
      }
    }
  }
  return [...found];
}

function textsOf(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isObject(value) ? Object.values(value).flatMap(textsOf) : [];
}

/** What stands between `{{` and `}}`. */
export function placeholders(text: string): string[] {
  const found: string[] = [];
  for (let from = text.indexOf("{{"); from >= 0; from = text.indexOf("{{", from)) {
    const to = text.indexOf("}}", from + 2);
    if (to < 0) break;
    found.push(text.slice(from + 2, to));
    from = to + 2;
  }
  return found;
}
