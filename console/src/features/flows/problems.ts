import { pointerParts } from "@json/paths";
import type { SettingsProblem } from "@lib/data-source";
import { BRANCHES, type Step } from "./steps";

export interface FieldProblem {
  pointer: string;
  detail: string;
}

/** What the engine said of a step: `pointer` is within it, empty for all of it. Without a step it is of the flow. */
export interface Told {
  stepId: string | null;
  pointer: string;
  detail: string;
}

/** Of pointers such as `/steps/1/then/0/inputs/phone`. */
export function toldOf({ pointer, detail }: FieldProblem, steps: readonly Step[]): Told {
  const parts = pointerParts(pointer);
  if (parts[0] !== "steps" || parts.length < 2) return { stepId: null, pointer, detail };
  let list: readonly Step[] = steps;
  let at = 1;
  for (;;) {
    const step = list[Number(parts[at])];
    if (!step) return { stepId: null, pointer, detail };
    const branch = BRANCHES.find((one) => one === parts[at + 1]);
    if (step.action !== "if" || !branch || parts[at + 2] === undefined)
      return { stepId: step.id, pointer: pointerOf(parts.slice(at + 1)), detail };
    list = step[branch] ?? [];
    at += 2;
  }
}

const pointerOf = (parts: readonly string[]) =>
  parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

export function byStep(told: readonly Told[]): ReadonlyMap<string, readonly Told[]> {
  const found = new Map<string, Told[]>();
  for (const one of told) {
    if (one.stepId !== null) found.set(one.stepId, [...(found.get(one.stepId) ?? []), one]);
  }
  return found;
}

/** As the form of an action has its fields: what is of the values of a contact is among its inputs. */
export function asSettings(told: readonly Told[]): SettingsProblem[] {
  return told.map(({ pointer, detail }) => {
    const [top = ""] = pointerParts(pointer);
    const isInput = ["userFields", "customFields", "seconds", "until"].includes(top);
    return { pointer: isInput ? `/inputs${pointer}` : pointer, detail };
  });
}

/** "is required" → "Is required." */
export function sentence(detail: string): string {
  const text = detail.charAt(0).toUpperCase() + detail.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What stands at a step: the field, if it is one, and what is wrong with it. */
export function shortly({ pointer, detail }: Told): string {
  const parts = pointerParts(pointer);
  const field = parts.filter((part) => !["inputs", "userFields", "customFields"].includes(part)).join(".");
  return field === "" ? sentence(detail) : `${field}: ${sentence(detail)}`;
}
