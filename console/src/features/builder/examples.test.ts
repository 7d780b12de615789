import { expect, test } from "vitest";
import type { ExampleDraft } from "@/api/schema";
import { inDraft } from "./examples";

const anExample = (name: string, letters = 10): ExampleDraft => ({
  name,
  inputs: {},
  response: {
    status: 200,
    headers: [],
    body: { kind: "text", size: letters, text: "ü".repeat(letters) },
    wireBytes: letters,
  },
  output: null,
});
const names = (examples: readonly ExampleDraft[]) => examples.map(({ name }) => name);

test("a draft has examples as far as there is room for them", () => {
  const all = [anExample("a", 150_000), anExample("b", 150_000), anExample("c")];
  expect(names(inDraft(all))).toEqual(["a", "c"]);
});

test("and no more than a connector has", () => {
  expect(inDraft(Array.from({ length: 30 }, (_, at) => anExample(`${at}`)))).toHaveLength(20);
});
