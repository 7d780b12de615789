import { readFileSync } from "node:fs";
import { parseJson } from "@json/exact";
import { expect, test } from "vitest";
import type { ConnectorView } from "@/api/schema";
import { fromConnector, toDraft } from "./draft";
import { copied } from "./history";

/** As the server stores it: a Python test sees to it that it has every option there is. */
const STORED = parseJson(readFileSync(new URL("./every-option.json", import.meta.url), "utf8"));
const stored = () => copied(STORED) as unknown as ConnectorView;

test("a connector with every option that there is is saved as it was", () => {
  expect(toDraft(fromConnector(stored()))).toEqual(STORED);
});

test("a change of one part changes no other", () => {
  const values = fromConnector(stored());
  const [first, ...rest] = values.inputs;
  const changed = toDraft({ ...values, inputs: first ? [{ ...first, enum: "eu\nus\nap" }, ...rest] : [] });
  const wanted = copied(STORED) as { input_schema: { region: { enum: unknown } } };
  wanted.input_schema.region.enum = ["eu", "us", "ap"];
  expect(changed).toEqual(wanted);
});

test("what only the wizard keeps is no part of what is sent", () => {
  const values = fromConnector(stored());
  expect(values.keptConfig).toEqual({});
  expect(values.keptRateLimit).toEqual({});
  expect(values.waiting.kept).toEqual({});
  expect(values.inputs.map(({ kept }) => kept)).toEqual(values.inputs.map(() => ({})));
});

test("an option that belongs to another type is kept in the form and not sent", () => {
  const values = fromConnector(stored());
  const inputs = values.inputs.map((row) =>
    row.name === "note" ? { ...row, type: "boolean" as const } : row,
  );
  const { note } = toDraft({ ...values, inputs }).input_schema as Record<string, object>;
  expect(note).not.toHaveProperty("pattern");
  expect(note).not.toHaveProperty("format");
});
