import { emptyInput } from "./rows";
import type { InputRow, QueryRow, Values } from "./values";

/** With what stands in for an input that is not given, if anything does. */
const PLACEHOLDER =
  /\{\{\s*input\.([A-Za-z_][A-Za-z0-9_]{0,99})((?:\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]{1,9}\])*\s{0,9}\?\?)?/g;

/** The input that a row's value is, or is within; empty while it is no name. */
const inputOf = ({ inputField }: QueryRow): string =>
  /^(?:input\.)?([A-Za-z_][A-Za-z0-9_]{0,99})(?=$|[.[])/.exec(inputField.trim())?.[1] ?? "";

/** Names of the inputs that the request is made of, each once, as they come. */
export function usedInputs(values: Values): string[] {
  const fromQuery = values.query.filter((row) => row.source === "input").map(inputOf);
  return [...new Set([...fromQuery, ...placeholders(values).map(({ name }) => name)])].filter(Boolean);
}

/** Those within texts; `isNeeded`: without the input there would be a hole. */
function placeholders(values: Values): { name: string; isNeeded: boolean }[] {
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
  return texts.flatMap((text) =>
    [...text.matchAll(PLACEHOLDER)].map(([, name = "", instead]) => ({ name, isNeeded: !instead })),
  );
}

/** Those that the request uses and nobody has described, with what is known of them: where one leaves a hole it is required. */
export function missingInputs(values: Values): InputRow[] {
  const known = new Set(values.inputs.map((row) => row.name));
  const needed = new Set([
    ...values.query.filter((row) => row.source === "input" && row.required).map(inputOf),
    ...placeholders(values).flatMap(({ name, isNeeded }) => (isNeeded ? [name] : [])),
  ]);
  return usedInputs(values)
    .filter((name) => !known.has(name))
    .map((name) => ({ ...emptyInput(name), required: needed.has(name) }));
}

/** Places of rows that were added for one of the names, are as they were added, and are used no more. */
export function leftOver(values: Values, names: ReadonlySet<string>): number[] {
  const unused = new Set(unusedInputs(values));
  return values.inputs.flatMap((row, index) => {
    const untouched = { ...emptyInput(row.name), required: row.required };
    return names.has(row.name) && unused.has(row.name) && JSON.stringify(row) === JSON.stringify(untouched)
      ? [index]
      : [];
  });
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
