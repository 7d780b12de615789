import { expect, test } from "vitest";
import { schemaLines } from "./schema";

test("a schema is shown by its places", () => {
  const schema = {
    type: "object",
    required: ["a"],
    properties: {
      a: {
        type: "array",
        items: { type: "object", required: ["b"], properties: { b: { type: ["string", "null"] } } },
      },
      c: { anyOf: [{ type: "number" }, { type: "string" }] },
    },
  };
  expect(schemaLines(schema)).toEqual([
    { path: "a", type: "array", optional: false },
    { path: "a[]", type: "object", optional: false },
    { path: "a[].b", type: "string or null", optional: false },
    { path: "c", type: "number or string", optional: true },
  ]);
});

test("a value without parts is one place", () => {
  expect(schemaLines({ type: "string" })).toEqual([{ path: "$", type: "string", optional: false }]);
  expect(schemaLines(undefined)).toEqual([]);
});
