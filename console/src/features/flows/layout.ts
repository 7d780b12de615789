import { BRANCHES, type Branch, type ListRef, type Slot, type Step, slotKey } from "./steps";

export const STEP_WIDTH = 272;
export const STEP_HEIGHT = 84;
export const SLOT_SIZE = 28;
const GAP = 22;
const BRANCH_GAP = 40;
const LABEL_ROOM = 18;
const JOIN_ROOM = 20;
export const START_HEIGHT = 32;

/** Something on the canvas; `x` is its middle. In the order in which a keyboard goes through it. */
export type Part =
  | { kind: "start"; id: "start"; x: number; y: number }
  | { kind: "step"; id: string; step: Step; x: number; y: number }
  | { kind: "slot"; id: string; slot: Slot; x: number; y: number; isOnly: boolean };

export interface Way {
  id: string;
  from: string;
  to: string;
  branch?: Branch;
}

export interface Layout {
  parts: readonly Part[];
  ways: readonly Way[];
  width: number;
  height: number;
}

/** Steps below each other, branches beside each other, a place for a new action before and after each. */
export function layout(steps: readonly Step[]): Layout {
  const parts: Part[] = [{ kind: "start", id: "start", x: 0, y: 0 }];
  const ways: Way[] = [];
  const end = drawn(steps, null, 0, START_HEIGHT + GAP, [{ from: "start" }], parts, ways);
  return { parts, ways, width: widthOf(steps), height: end.y };
}

interface Open {
  from: string;
  branch?: Branch;
}

/** Draws a list from `y` on; the ways that lead out of it, and where it ends. */
function drawn(
  steps: readonly Step[],
  list: ListRef,
  x: number,
  y: number,
  open: readonly Open[],
  parts: Part[],
  ways: Way[],
): { y: number; open: Open[] } {
  let from = [...open];
  let top = y;
  const lead = (to: string) => {
    for (const { from: id, branch } of from)
      ways.push({ id: `${id}>${to}`, from: id, to, ...(branch ? { branch } : {}) });
    from = [{ from: to }];
  };
  for (let index = 0; index <= steps.length; index += 1) {
    const slot = { list, index };
    const id = `+${slotKey(slot)}`;
    lead(id);
    parts.push({ kind: "slot", id, slot, x, y: top, isOnly: steps.length === 0 });
    top += SLOT_SIZE + GAP;
    const step = steps[index];
    if (!step) break;
    lead(step.id);
    parts.push({ kind: "step", id: step.id, step, x, y: top });
    top += STEP_HEIGHT + GAP;
    if (step.action !== "if") continue;
    const branched = branches(step, x, top + LABEL_ROOM, parts, ways);
    top = branched.y;
    from = branched.open;
  }
  return { y: top, open: from };
}

function branches(
  step: Step & { action: "if" },
  x: number,
  y: number,
  parts: Part[],
  ways: Way[],
): { y: number; open: Open[] } {
  const widths = BRANCHES.map((branch) => widthOf(step[branch] ?? []));
  const whole = widths.reduce((sum, width) => sum + width, BRANCH_GAP);
  let left = x - whole / 2;
  let lowest = y;
  const open: Open[] = [];
  BRANCHES.forEach((branch, index) => {
    const width = widths[index] ?? STEP_WIDTH;
    const list: ListRef = { within: step.id, branch };
    const end = drawn(
      step[branch] ?? [],
      list,
      left + width / 2,
      y,
      [{ from: step.id, branch }],
      parts,
      ways,
    );
    lowest = Math.max(lowest, end.y);
    open.push(...end.open);
    left += width + BRANCH_GAP;
  });
  return { y: lowest + JOIN_ROOM, open };
}

function widthOf(steps: readonly Step[]): number {
  return steps.reduce((widest, step) => {
    if (step.action !== "if") return widest;
    return Math.max(widest, widthOf(step.then ?? []) + BRANCH_GAP + widthOf(step.else ?? []));
  }, STEP_WIDTH);
}
