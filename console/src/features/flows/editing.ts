import type { Action } from "@lib/data-source";
import { toast } from "@ui/Toast";
import { useEffect, useRef, useState } from "react";
import type { Editing } from "./components/context";
import type { Drafting } from "./editor";
import { newStep } from "./settings";
import {
  type Draft,
  duplicated,
  inserted,
  listAt,
  moved,
  neighbour,
  removed,
  replaced,
  rowOf,
  rows,
  type Slot,
  type Step,
  slotKey,
  slotWithout,
} from "./steps";
import { type Names, nameOf, placeWords } from "./words";

/** What somebody is about to do; what is opened of a step that is there is in the address. */
export type Doing =
  | { kind: "picking"; slot: Slot }
  | { kind: "adding"; slot: Slot; step: Step; action: Action }
  | { kind: "placing"; action: Action }
  | { kind: "moving"; id: string };

export interface Steps
  extends Omit<Editing, "draft" | "names" | "mayEdit" | "problems" | "run" | "open" | "placing"> {
  doing: Doing | null;
  /** What is moved or added next, by its name. */
  placing: string | null;
  /** Said aloud: what a change has led to. */
  said: string;
  begin: (doing: Doing | null) => void;
  add: (action: Action, slot: Slot) => void;
  /** The step that is being added is this one, and stands where it was chosen. */
  place: (step: Step) => void;
  replace: (step: Step) => void;
}

/** Changes of the steps, with what they say, and where the focus goes. */
export function useSteps({ draft, change }: Drafting, names: Names): Steps {
  const [doing, begin] = useState<Doing | null>(null);
  const [said, setSaid] = useState("");
  const focus = useFocusAfter(draft);
  const { steps } = draft;
  const named = (id: string) => {
    const step = rowOf(steps, id)?.step;
    return step ? nameOf(step, names) : "";
  };
  const changeSteps = (made: (steps: readonly Step[]) => readonly Step[]) =>
    change((was) => {
      const next = made(was.steps);
      return next === was.steps ? was : { ...was, steps: next };
    });
  const moveTo = (id: string, place: Slot) => put(id, slotWithout(steps, id, place));
  /** `slot` is counted without the step. */
  const put = (id: string, slot: Slot) => {
    begin(null);
    const next = moved(steps, id, slot);
    if (next === steps) return;
    focus(id);
    changeSteps((was) => moved(was, id, slot));
    setSaid(`${named(id)} is now ${placeWords(slot, removed(steps, id), names)}.`);
  };
  const add = (action: Action, slot: Slot) =>
    begin({ kind: "adding", slot, action, step: newStep(action, steps) });
  return {
    doing,
    said,
    begin,
    add,
    placing:
      doing?.kind === "placing" ? doing.action.name : doing?.kind === "moving" ? named(doing.id) : null,
    choose: (slot) => {
      if (doing?.kind === "placing") add(doing.action, slot);
      else if (doing?.kind === "moving") moveTo(doing.id, slot);
      else begin({ kind: "picking", slot });
    },
    place: (step) => {
      if (doing?.kind !== "adding") return;
      const { slot } = doing;
      begin(null);
      focus(step.id);
      changeSteps((was) => inserted(was, slot, step));
      setSaid(`${nameOf(step, names)} is added ${placeWords(slot, steps, names)}.`);
    },
    replace: (step) => {
      focus(step.id);
      changeSteps((was) => replaced(was, step));
    },
    move: (id, way) => {
      const slot = neighbour(steps, id, way);
      if (slot) put(id, slot);
    },
    canMove: (id, way) => neighbour(steps, id, way) !== null,
    moveTo,
    pickPlace: (id) => begin({ kind: "moving", id }),
    duplicate: (id) => {
      const copy = duplicated(steps, id);
      if (!copy) return;
      focus(copy.id);
      changeSteps(() => copy.steps);
      setSaid(`${named(id)} is duplicated.`);
    },
    remove: (id) => {
      const row = rowOf(steps, id);
      if (!row) return;
      const name = named(id);
      const left = rows(removed(steps, id));
      const next = left.find(({ slot }) => slotKey(slot) === slotKey(row.slot)) ?? left.at(-1);
      if (next) focus(next.step.id);
      changeSteps((was) => removed(was, id));
      const back = () => changeSteps((was) => restored(was, row.step, row.slot));
      toast({ text: `${name} is removed`, action: { label: "Undo", run: back } });
    },
  };
}

/** What was removed stands where it stood, or at the end of its list when that has become shorter. */
function restored(steps: readonly Step[], step: Step, { list, index }: Slot): readonly Step[] {
  if (rowOf(steps, step.id)) return steps;
  const gone = list !== null && rowOf(steps, list.within)?.step.action !== "if";
  const home = gone ? null : list;
  return inserted(steps, { list: home, index: Math.min(index, listAt(steps, home).length) }, step);
}

/** The focus stays on what was pressed, also where its step is drawn anew elsewhere. */
function useFocusAfter(draft: Draft): (id: string) => void {
  const wanted = useRef<{ id: string; label: string | null } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once the change is drawn
  useEffect(() => {
    if (!wanted.current) return;
    const { id, label } = wanted.current;
    wanted.current = null;
    return whenThere(`[data-step="${CSS.escape(id)}"]`, (card) => {
      const buttons = [...card.querySelectorAll("button")];
      const same = buttons.find((button) => label && button.ariaLabel === label && !button.disabled);
      (same ?? buttons[0])?.focus();
    });
  }, [draft]);
  return (id) => {
    wanted.current = { id, label: document.activeElement?.getAttribute("aria-label") ?? null };
  };
}

/** Now, or once it is drawn: the canvas comes when there is something for it to show. Stops by what it gives. */
function whenThere(selector: string, run: (found: Element) => void): () => void {
  const look = () => {
    const found = document.querySelector(selector);
    if (found) run(found);
    return found !== null;
  };
  if (look()) return () => {};
  const watching = new MutationObserver(() => look() && watching.disconnect());
  watching.observe(document.body, { childList: true, subtree: true });
  return () => watching.disconnect();
}
