import { fieldLabel } from "@lib/fields";
import { conditionWords } from "./conditions";
import { type Branch, rowOf, type Slot, type Step } from "./steps";

/** What is known of a connector that a step calls. */
export interface Known {
  name: string;
  icon: string | null;
  /** A JSON Schema of what it answers, where it is known. */
  output?: unknown;
}

export type Names = ReadonlyMap<string, Known>;

const BUILT_IN: Record<Exclude<Step["action"], "connector">, Known> = {
  update_contact: { name: "Update contact", icon: "✏️" },
  wait: { name: "Wait", icon: "⏳" },
  if: { name: "If", icon: "🔀" },
};

export function knownOf(step: Step, names: Names): Known {
  if (step.action !== "connector") return BUILT_IN[step.action];
  return names.get(step.connectorId) ?? { name: "A connector", icon: "🔌" };
}

export const nameOf = (step: Step, names: Names): string => knownOf(step, names).name;

/** What a step does, in a line. */
export function summary(step: Step): string {
  switch (step.action) {
    case "connector":
      return callWords(step.fieldMappings?.length ?? 0, step.storeAs);
    case "update_contact": {
      const fields = [
        ...Object.keys(step.userFields ?? {}).map(fieldLabel),
        ...Object.keys(step.customFields ?? {}),
      ];
      return fields.length === 0 ? "Writes nothing yet" : `Writes ${listed(fields)}`;
    }
    case "wait":
      if (step.until) return `Until ${step.until}`;
      return step.seconds === undefined ? "Not set yet" : `For ${lasting(step.seconds)}`;
    case "if":
      return conditionWords(step.condition);
  }
}

function callWords(mappings: number, storeAs: string | undefined): string {
  const written = mappings === 0 ? "" : `Writes ${mappings === 1 ? "1 field" : `${mappings} fields`}`;
  const kept = storeAs ? `${written ? "keeps" : "Keeps"} its answer as ${storeAs}` : "";
  return [written, kept].filter(Boolean).join(", ") || "Keeps nothing of its answer yet";
}

const MOST_LISTED = 3;

export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).join(", ");
  return names.length > MOST_LISTED ? `${shown} and ${names.length - MOST_LISTED} more` : shown;
}

const UNITS: readonly [string, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** 300 → "5 minutes"; what is no whole number of a unit is said in a smaller one. */
export function lasting(seconds: number): string {
  for (const [unit, size] of UNITS) {
    if (seconds >= size && seconds % size === 0) return counted(seconds / size, unit);
  }
  return counted(seconds, "second");
}

export const counted = (count: number, word: string): string =>
  `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

export const branchWord = (branch: Branch): string => (branch === "then" ? "Then" : "Else");

/** Where a place is: "at the start", "after Phone Lookup", "in Then of If". */
export function placeWords(slot: Slot, steps: readonly Step[], names: Names): string {
  const { list, index } = slot;
  const around = list === null ? undefined : rowOf(steps, list.within)?.step;
  const within = around && list ? `in ${branchWord(list.branch)} of ${nameOf(around, names)}` : "";
  const siblings = around?.action === "if" && list ? (around[list.branch] ?? []) : steps;
  const before = siblings[index - 1];
  if (before) return `after ${nameOf(before, names)}${within ? `, ${within}` : ""}`;
  return within || (steps.length === 0 ? "as the first" : "at the start");
}

export const RUN_WORDS = {
  running: { word: "Running", tone: "info" },
  succeeded: { word: "Succeeded", tone: "success" },
  failed: { word: "Failed", tone: "danger" },
  cancelled: { word: "Cancelled", tone: "neutral" },
} as const;
