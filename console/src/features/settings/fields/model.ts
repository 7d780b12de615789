import { isNumber, jsonText, tryParse } from "@json/exact";
import type { ChangeField, CreateField, CustomFieldType, FieldShape, OptionsShape } from "@/api/mapper";

export const TYPES: readonly { id: CustomFieldType; label: string; hint: string }[] = [
  { id: "text", label: "Text", hint: "Anything that is written" },
  { id: "number", label: "Number", hint: "1.5, as computers calculate" },
  { id: "integer", label: "Whole number", hint: "42, with all of its digits" },
  { id: "decimal", label: "Decimal", hint: "19.99, with all of its digits" },
  { id: "boolean", label: "Yes or no", hint: "" },
  { id: "date", label: "Date", hint: "2026-03-10" },
  { id: "datetime", label: "Date and time", hint: "A moment" },
  { id: "phone", label: "Phone number", hint: "With the code of its country" },
  { id: "email", label: "Email address", hint: "" },
  { id: "url", label: "Web address", hint: "" },
  { id: "choice", label: "Choice", hint: "One of those that you list" },
  { id: "tags", label: "Tags", hint: "Any number of words" },
  { id: "json", label: "JSON", hint: "An object or a list, as a machine sends it" },
];
export const typeName = (type: string): string => TYPES.find(({ id }) => id === type)?.label ?? type;

export const SHAPES = [
  { id: "any", label: "Either" },
  { id: "object", label: "An object" },
  { id: "list", label: "A list" },
];

export interface FieldForm {
  name: string;
  label: string;
  description: string;
  type: CustomFieldType;
  /** One on each line: "value", or "value = What people read". */
  choices: string;
  /** As they are written, so that each keeps its digits; empty: none. */
  minimum: string;
  maximum: string;
  maxLength: number | null;
  shape: string;
}

const SAYS = " = ";

export const NEW_FIELD: FieldForm = {
  name: "",
  label: "",
  description: "",
  type: "text",
  choices: "",
  minimum: "",
  maximum: "",
  maxLength: null,
  shape: "any",
};

export function formOf({ name, label, description, type, options }: FieldShape): FieldForm {
  return {
    name,
    label: label ?? "",
    description: description ?? "",
    type,
    choices: (options.choices ?? [])
      .map((one) => (one.label ? `${one.value} = ${one.label}` : one.value))
      .join("\n"),
    minimum: boundText(options.minimum),
    maximum: boundText(options.maximum),
    maxLength: options.max_length ?? null,
    shape: options.shape ?? "any",
  };
}

export const takesChoices = (type: CustomFieldType): boolean => type === "choice" || type === "tags";
export const takesRange = (type: CustomFieldType): boolean => type === "number" || type === "integer";

/** What the type has room for, and no more: the server refuses what says nothing of it. */
export function optionsOf(form: FieldForm): OptionsShape {
  const { type } = form;
  const choices = choicesOf(form.choices);
  return {
    ...(takesChoices(type) && choices.length > 0 ? { choices } : {}),
    ...(takesRange(type) ? bound("minimum", form.minimum) : {}),
    ...(takesRange(type) ? bound("maximum", form.maximum) : {}),
    ...(type === "text" && form.maxLength !== null ? { max_length: form.maxLength } : {}),
    ...(type === "json" && form.shape !== "any" ? { shape: form.shape as "object" | "list" } : {}),
  };
}

const boundText = (value: unknown): string => (isNumber(value) ? jsonText(value) : "");

/** A number beyond those of JavaScript stays as it was written. */
function bound(name: "minimum" | "maximum", text: string): OptionsShape {
  const value = tryParse(text.trim());
  return isNumber(value) ? { [name]: value } : {};
}

/** Why it cannot be sent yet, by the field. */
export function wrong(form: FieldForm): Record<string, string> {
  const isWrong = (text: string) =>
    takesRange(form.type) && text.trim() !== "" && !isNumber(tryParse(text.trim()));
  const told = "Enter a number, like 0.5";
  return {
    ...(isWrong(form.minimum) ? { minimum: told } : {}),
    ...(isWrong(form.maximum) ? { maximum: told } : {}),
  };
}

function choicesOf(text: string): { value: string; label?: string }[] {
  return text.split("\n").flatMap((line) => {
    // With spaces: a value may have the sign itself.
    const at = line.indexOf(SAYS);
    const value = (at < 0 ? line : line.slice(0, at)).trim();
    const label = at < 0 ? "" : line.slice(at + SAYS.length).trim();
    return value ? [{ value, ...(label ? { label } : {}) }] : [];
  });
}

export function draftOf(form: FieldForm): CreateField {
  const { name, label, description, type } = form;
  return {
    name: name.trim(),
    type,
    options: optionsOf(form),
    ...(label.trim() ? { label: label.trim() } : {}),
    ...(description.trim() ? { description: description.trim() } : {}),
  };
}

/** What is different. Type and options go together: what one allows depends on the other. */
export function changeOf(form: FieldForm, was: FieldShape): Omit<ChangeField, "unfit"> {
  const before = formOf(was);
  const isOther = form.type !== before.type || jsonText(optionsOf(form)) !== jsonText(optionsOf(before));
  return {
    ...(form.label.trim() !== before.label ? { label: form.label.trim() || null } : {}),
    ...(form.description.trim() !== before.description
      ? { description: form.description.trim() || null }
      : {}),
    ...(isOther ? { type: form.type, options: optionsOf(form) } : {}),
  };
}

/** What becomes of stored values, as a person decides by it. */
export function fitInWords({ checked, unfit }: { checked: number; unfit: number }): string {
  const whole = new Intl.NumberFormat("en");
  const values = (count: number) => (count === 1 ? "1 value" : `${whole.format(count)} values`);
  if (checked === 0) return "No contact has a value in it yet.";
  if (unfit === 0) return `${checked === 1 ? "The only value fits" : `All ${values(checked)} fit`}.`;
  return `${whole.format(unfit)} of ${values(checked)} ${unfit === 1 ? "does" : "do"} not fit.`;
}
