import { type Json, jsonText } from "@json/exact";
import { conditionWords } from "./conditions";
import type { ConnectorStep, Step } from "./steps";
import { lasting } from "./words";

export interface Line {
  name: string;
  value: string;
}

export interface Part {
  title: string;
  lines: readonly Line[];
}

/** All that a step is told, in words: for whoever may look at a flow and not change it. */
export function partsOf(step: Step): Part[] {
  const parts: Part[] = [];
  const add = (title: string, lines: readonly Line[]) => lines.length > 0 && parts.push({ title, lines });
  switch (step.action) {
    case "connector":
      add("Inputs", values(step.inputs));
      add("Fields of the contact that it writes", mappings(step));
      add("What else", ways(step));
      break;
    case "update_contact":
      add("Fields", values(step.userFields));
      add("Custom fields", values(step.customFields));
      break;
    case "wait":
      add("Waits", waits(step.seconds, step.until));
      break;
    case "if":
      add("Condition", [{ name: "Goes on with Then if", value: conditionWords(step.condition) }]);
  }
  if (step.action !== "wait" && step.action !== "if" && step.onError)
    add("When it fails", [{ name: "The flow", value: step.onError === "stop" ? "stops" : "goes on" }]);
  return parts;
}

const text = (value: Json): string => (typeof value === "string" ? value || "nothing" : jsonText(value));

const values = (given: Readonly<Record<string, Json>> = {}): Line[] =>
  Object.entries(given).map(([name, value]) => ({ name, value: text(value) }));

const mappings = ({ fieldMappings = [] }: ConnectorStep): Line[] =>
  fieldMappings.map(({ sourcePath, targetField, targetType, default: instead }) => ({
    name: targetType === "custom_field" ? `${targetField} (custom field)` : targetField,
    value: instead === undefined ? sourcePath : `${sourcePath}, else ${text(instead)}`,
  }));

function ways({ options, storeAs, fieldMappings = [], connectorVersion }: ConnectorStep): Line[] {
  const lines: Line[] = [];
  if (fieldMappings.length > 0) {
    const { createIfNotExists = false, updateExisting = true, overwriteExisting = true } = options ?? {};
    lines.push({ name: "Creates a contact if there is none", value: createIfNotExists ? "yes" : "no" });
    const replaces = overwriteExisting ? "yes, also values that are there" : "only fields that are empty";
    lines.push({ name: "Updates a contact that is there", value: updateExisting ? replaces : "no" });
  }
  if (storeAs) lines.push({ name: "Keeps its answer as", value: storeAs });
  if (connectorVersion) lines.push({ name: "Version of the connector", value: String(connectorVersion) });
  return lines;
}

function waits(seconds: number | undefined, until: string | undefined): Line[] {
  if (until) return [{ name: "Until", value: until }];
  return seconds === undefined ? [] : [{ name: "For", value: lasting(seconds) }];
}
