import { isObject } from "@json/exact";
import type { Action, ActionGroup, InputField } from "../data-source";
import { fieldsOfSchema } from "../FieldMapper/paths";

export type Shown = ActionGroup | "all";

export const CATEGORIES: readonly { id: Shown; label: string }[] = [
  { id: "all", label: "All" },
  { id: "basic", label: "Basic" },
  { id: "advanced", label: "Advanced" },
  { id: "integrations", label: "Integrations" },
];

export interface PickerGroup {
  id: string;
  label: string;
  actions: readonly Action[];
}

const TITLES: readonly [string, string, (action: Action) => boolean][] = [
  ["basic", "Basic actions", (action) => action.category === "basic"],
  ["advanced", "Advanced actions", (action) => action.category === "advanced"],
  [
    "built-in",
    "Built-in integrations",
    ({ category, kind }) => category === "integrations" && kind === "built_in",
  ],
  [
    "custom",
    "Custom connectors",
    ({ category, kind }) => category === "integrations" && kind === "connector",
  ],
];

/** As they are shown: those used last first, where nothing is looked for; each is in one group. */
export function pickerGroups(
  actions: readonly Action[],
  shown: Shown,
  recent: readonly string[],
  isSearch: boolean,
): PickerGroup[] {
  const wanted = actions.filter((action) => shown === "all" || action.category === shown);
  const used =
    isSearch || shown !== "all"
      ? []
      : recent.flatMap((id) => wanted.find((action) => action.id === id) ?? []);
  const groups = TITLES.map(([id, label, isOf]) => ({
    id,
    label,
    actions: wanted.filter((action) => isOf(action) && !used.includes(action)),
  }));
  return [{ id: "recent", label: "Used last", actions: used }, ...groups].filter(
    (group) => group.actions.length > 0,
  );
}

export function inputsOf(action: Pick<Action, "input_schema">): [string, InputField][] {
  return Object.entries(action.input_schema).map(([name, field]) => [
    name,
    isObject(field) ? (field as InputField) : {},
  ]);
}

export const inputLabel = (name: string, field: InputField) => field.label?.trim() || words(name);

/** "phoneNumber" is "Phone number". */
function words(name: string): string {
  const spaced = name
    .replace(/[_-]+/g, " ")
    .replace(/([a-z0-9])([A-Z])/g, (_all, one, two) => `${one} ${two.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const MOST_NAMED = 4;

/** "Needs Phone number". */
export function needs(action: Action): string {
  const inputs = inputsOf(action);
  const required = inputs.filter(([, field]) => field.required);
  if (inputs.length === 0) return "";
  const told = required.length > 0 ? required : inputs;
  return `${required.length > 0 ? "Needs" : "Takes"} ${listed(told.map(([name, field]) => inputLabel(name, field)))}`;
}

/** "Gives identity.firstName, identity.city and 3 more". */
export function gives(action: Action): string {
  const fields = fieldsOfSchema(action.output_schema).map((field) => field.path);
  return fields.length > 0 ? `Gives ${listed(fields)}` : "";
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const count = new Intl.NumberFormat("en");

/** "98 % of 1,204 succeeded · about 240 ms", of the last thirty days. */
export function record(action: Action): string {
  const { executions, success_rate, p50_ms, kind } = action;
  if (kind !== "connector") return "";
  if (!executions || success_rate === null || success_rate === undefined)
    return "Not used in the last 30 days";
  const took = p50_ms === null || p50_ms === undefined ? "" : ` · about ${duration(p50_ms)}`;
  return `${percent.format(success_rate)} of ${count.format(executions)} succeeded${took}`;
}

function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export const isUsable = (action: Action) => action.enabled !== false;
