import { emptyInput } from "./rows";
import type { InputRow, Values } from "./values";

const PLACEHOLDER = /\{\{\s*input\.([A-Za-z_][A-Za-z0-9_]{0,99})/g;

/** Names of the inputs that the request is made of, each once, as they come. */
export function usedInputs(values: Values): string[] {
  const fromQuery = values.query.filter((row) => row.source === "input").map((row) => row.inputField.trim());
  const body = {
    none: [],
    json: [values.bodyJson],
    raw: [values.bodyRaw],
    form: values.bodyForm.map((row) => row.value),
  };
  const texts = [
    values.url,
    ...values.headers.filter((row) => row.source === "static").map((row) => row.value),
    ...values.query.filter((row) => row.source === "static").map((row) => row.staticValue),
    ...body[values.bodyType],
  ];
  const fromTexts = texts.flatMap((text) => [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? ""));
  return [...new Set([...fromQuery, ...fromTexts])].filter(Boolean);
}

/** Those that the request uses and nobody has described, with what is known of them. */
export function missingInputs(values: Values): InputRow[] {
  const known = new Set(values.inputs.map((row) => row.name));
  return usedInputs(values)
    .filter((name) => !known.has(name))
    .map((name) => ({
      ...emptyInput(name),
      required: values.query.some((row) => row.source === "input" && row.inputField === name && row.required),
    }));
}

export function unusedInputs(values: Values): string[] {
  const used = new Set(usedInputs(values));
  return values.inputs.map((row) => row.name).filter((name) => name !== "" && !used.has(name));
}

/** Whether the host of a URL has a placeholder: then it is one of a list. */
export function hasHostOfValues(url: string): boolean {
  const host = url.replace(/^\s*https?:\/\//i, "");
  const opening = host.indexOf("{{");
  return opening >= 0 && !/[/?#]/.test(host.slice(0, opening));
}
