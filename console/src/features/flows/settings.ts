import { isObject, type Json } from "@json/exact";
import type { Action, ActionSettings, MappingOptions } from "@lib/data-source";
import { freshId, type OnError, type Step } from "./steps";

/** What holds where a step says nothing of it. */
const USUAL: MappingOptions = { createIfNotExists: false, updateExisting: true, overwriteExisting: true };
const NOTHING: ActionSettings = {
  inputs: {},
  fieldMappings: [],
  options: {},
  storeAs: null,
  onError: "stop",
};

/** How the form of an action shows a step. An `if` has a form of its own. */
export function settingsOf(step: Step): ActionSettings {
  switch (step.action) {
    case "connector":
      return {
        inputs: step.inputs ?? {},
        fieldMappings: step.fieldMappings ?? [],
        options: { ...USUAL, ...step.options },
        storeAs: step.storeAs ?? null,
        onError: step.onError ?? "stop",
      };
    case "update_contact":
      return {
        ...NOTHING,
        inputs: { userFields: mutable(step.userFields), customFields: mutable(step.customFields) },
        onError: step.onError ?? "stop",
      };
    case "wait":
      return {
        ...NOTHING,
        inputs: {
          ...(step.seconds === undefined ? {} : { seconds: step.seconds }),
          ...(step.until === undefined ? {} : { until: step.until }),
        },
      };
    case "if":
      return NOTHING;
  }
}

const mutable = (values: Readonly<Record<string, Json>> = {}): Json => ({ ...values });

/** The step with what the form has now. What the form does not show stays. */
export function withSettings(step: Step, settings: ActionSettings): Step {
  const { inputs } = settings;
  switch (step.action) {
    case "connector": {
      const { inputs: _i, fieldMappings: _m, options: _o, storeAs: _s, onError: _e, ...kept } = step;
      const { fieldMappings, options, storeAs } = settings;
      return {
        ...kept,
        ...(Object.keys(inputs).length > 0 ? { inputs } : {}),
        ...(fieldMappings.length > 0 ? { fieldMappings } : {}),
        ...(fieldMappings.length > 0 ? { options } : {}),
        ...(storeAs ? { storeAs } : {}),
        ...rule(step.onError, settings.onError),
      };
    }
    case "update_contact": {
      const { userFields: _u, customFields: _c, onError: _e, ...kept } = step;
      return {
        ...kept,
        ...filled("userFields", inputs.userFields),
        ...filled("customFields", inputs.customFields),
        ...rule(step.onError, settings.onError),
      };
    }
    case "wait": {
      const { seconds: _s, until: _u, ...kept } = step;
      return { ...kept, ...waiting(inputs) };
    }
    case "if":
      return step;
  }
}

/** Without a rule of the step the connector's own holds, and goes on doing so until somebody chooses. */
const rule = (was: OnError | undefined, now: OnError): { onError?: OnError } =>
  was === undefined && now === "stop" ? {} : { onError: now };

const filled = (name: string, values: Json | undefined) =>
  isObject(values) && Object.keys(values).length > 0 ? { [name]: values } : {};

function waiting({ seconds, until }: Readonly<Record<string, Json>>): { seconds?: number; until?: string } {
  if (typeof until === "string" && until.trim() !== "") return { until };
  const number = typeof seconds === "string" ? Number(seconds) : seconds;
  return typeof number === "number" && Number.isFinite(number) && seconds !== "" ? { seconds: number } : {};
}

/** A step for what somebody has picked. */
export function newStep(action: Action, steps: readonly Step[]): Step {
  const id = freshId(steps, action.name);
  if (action.kind === "connector") return { id, action: "connector", connectorId: action.id };
  if (action.id === "wait") return { id, action: "wait" };
  if (action.id === "if") return { id, action: "if", condition: { value: "", operator: "is_not_empty" } };
  return { id, action: "update_contact" };
}
