import type { Json } from "@json/exact";
import type { FieldMapping, MappingOptions } from "@lib/data-source";
import type { Condition } from "./conditions";

export type OnError = "stop" | "continue";
export type Branch = "then" | "else";
type Values = Readonly<Record<string, Json>>;

/** Steps as the engine keeps them. What is usual is left out; what this page has no field for is kept as it is. */
export interface ConnectorStep {
  id: string;
  action: "connector";
  connectorId: string;
  connectorVersion?: number;
  inputs?: Values;
  fieldMappings?: readonly FieldMapping[];
  options?: MappingOptions;
  storeAs?: string;
  onError?: OnError;
}

export interface UpdateStep {
  id: string;
  action: "update_contact";
  userFields?: Values;
  customFields?: Values;
  onError?: OnError;
}

export interface WaitStep {
  id: string;
  action: "wait";
  seconds?: number;
  until?: string;
}

export interface IfStep {
  id: string;
  action: "if";
  condition: Condition;
  then?: readonly Step[];
  else?: readonly Step[];
}

export type Step = ConnectorStep | UpdateStep | WaitStep | IfStep;

/** What is saved of a flow. */
export interface Draft {
  name: string;
  description: string;
  enabled: boolean;
  steps: readonly Step[];
}

/** One of the lists of a flow: its own, or a branch of an `if`. */
export type ListRef = { within: string; branch: Branch } | null;

/** A place between steps. */
export interface Slot {
  list: ListRef;
  index: number;
}

/** A step where it stands, in the order in which steps are written. */
export interface Row {
  step: Step;
  slot: Slot;
  depth: number;
  pointer: string;
}

export const BRANCHES: readonly Branch[] = ["then", "else"];
const MOST_ID = 100;

export function rows(steps: readonly Step[], list: ListRef = null, depth = 0, pointer = "/steps"): Row[] {
  return steps.flatMap((step, index) => {
    const here = { step, slot: { list, index }, depth, pointer: `${pointer}/${index}` };
    if (step.action !== "if") return [here];
    const inner = BRANCHES.flatMap((branch) =>
      rows(step[branch] ?? [], { within: step.id, branch }, depth + 1, `${here.pointer}/${branch}`),
    );
    return [here, ...inner];
  });
}

export const rowOf = (steps: readonly Step[], id: string): Row | undefined =>
  rows(steps).find(({ step }) => step.id === id);

export function listAt(steps: readonly Step[], list: ListRef): readonly Step[] {
  if (list === null) return steps;
  const within = rowOf(steps, list.within)?.step;
  return within?.action === "if" ? (within[list.branch] ?? []) : [];
}

function withList(
  steps: readonly Step[],
  list: ListRef,
  change: (list: readonly Step[]) => Step[],
): readonly Step[] {
  if (list === null) return change(steps);
  return steps.map((step) => {
    if (step.action !== "if") return step;
    if (step.id === list.within) return { ...step, [list.branch]: change(step[list.branch] ?? []) };
    return withBranches(step, (branch) => withList(branch, list, change));
  });
}

function withBranches(step: IfStep, change: (branch: readonly Step[]) => readonly Step[]): IfStep {
  const changed = BRANCHES.filter((branch) => step[branch]).map((branch) => [
    branch,
    change(step[branch] ?? []),
  ]);
  return { ...step, ...Object.fromEntries(changed) };
}

export const inserted = (steps: readonly Step[], { list, index }: Slot, step: Step): readonly Step[] =>
  withList(steps, list, (here) => here.toSpliced(index, 0, step));

export function removed(steps: readonly Step[], id: string): readonly Step[] {
  const slot = rowOf(steps, id)?.slot;
  return slot ? withList(steps, slot.list, (here) => here.toSpliced(slot.index, 1)) : steps;
}

/** The step of the same id is this one now; an `if` keeps its branches. */
export function replaced(steps: readonly Step[], step: Step): readonly Step[] {
  const slot = rowOf(steps, step.id)?.slot;
  return slot ? withList(steps, slot.list, (here) => here.toSpliced(slot.index, 1, step)) : steps;
}

/** Where a step goes that is moved by one place: past its neighbour, or into a branch and out of it again. */
export function neighbour(steps: readonly Step[], id: string, way: "up" | "down"): Slot | null {
  const slot = rowOf(steps, id)?.slot;
  if (!slot) return null;
  const { list, index } = slot;
  const other = listAt(steps, list)[way === "up" ? index - 1 : index + 1];
  if (other?.action === "if") {
    const branch = way === "up" ? "else" : "then";
    return { list: { within: other.id, branch }, index: way === "up" ? (other.else ?? []).length : 0 };
  }
  if (other) return { list, index: way === "up" ? index - 1 : index + 1 };
  return list === null ? null : outOf(steps, list, way);
}

function outOf(steps: readonly Step[], list: NonNullable<ListRef>, way: "up" | "down"): Slot | null {
  const { within, branch } = list;
  if (way === "down" && branch === "then") return { list: { within, branch: "else" }, index: 0 };
  if (way === "up" && branch === "else") {
    const before: ListRef = { within, branch: "then" };
    return { list: before, index: listAt(steps, before).length };
  }
  const around = rowOf(steps, within)?.slot;
  return around ? { list: around.list, index: around.index + (way === "down" ? 1 : 0) } : null;
}

/** `slot` is counted as if the step were gone already. Into itself an `if` does not go. */
export function moved(steps: readonly Step[], id: string, slot: Slot): readonly Step[] {
  const found = rowOf(steps, id);
  if (!found || (slot.list && holds(found.step, slot.list.within))) return steps;
  return inserted(removed(steps, id), slot, found.step);
}

const holds = (step: Step, id: string): boolean => rows([step]).some((row) => row.step.id === id);

/** The same place, counted without the step that goes there. */
export function slotWithout(steps: readonly Step[], id: string, slot: Slot): Slot {
  const from = rowOf(steps, id)?.slot;
  const isSameList = from !== undefined && sameList(from.list, slot.list);
  return isSameList && from.index < slot.index ? { ...slot, index: slot.index - 1 } : slot;
}

const sameList = (one: ListRef, other: ListRef): boolean =>
  one === other || (one?.within === other?.within && one?.branch === other?.branch);

export const slotKey = ({ list, index }: Slot): string =>
  `${list === null ? "flow" : `${list.within}/${list.branch}`}:${index}`;

export const lastSlot = (steps: readonly Step[]): Slot => ({ list: null, index: steps.length });

/** An id that no step has, like what it is for: "Phone Lookup" becomes `phone-lookup`, then `phone-lookup-2`. */
export function freshId(steps: readonly Step[], wish: string): string {
  const plain = wish
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 60);
  const words = plain.split("-").filter(Boolean).join("-");
  const base = /^[a-z]/.test(words) ? words : `step-${words}`.replace(/-$/, "");
  const taken = new Set(rows(steps).map(({ step }) => step.id));
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base.slice(0, MOST_ID - 8)}-${number}`;
    if (!taken.has(id)) return id;
  }
}

/** A copy that stands behind the step; those within it have ids of their own too. */
export function duplicated(
  steps: readonly Step[],
  id: string,
): { steps: readonly Step[]; id: string } | null {
  const found = rowOf(steps, id);
  if (!found) return null;
  let all = steps;
  const copied = (step: Step): Step => {
    const own = { ...step, id: freshId(all, step.id) };
    all = [...all, { id: own.id, action: "wait", seconds: 0 }];
    return own.action === "if" ? withBranches(own, (branch) => branch.map(copied)) : own;
  };
  const copy = copied(found.step);
  const { list, index } = found.slot;
  return { steps: inserted(steps, { list, index: index + 1 }, copy), id: copy.id };
}
