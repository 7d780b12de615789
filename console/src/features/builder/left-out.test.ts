import { expect, test } from "vitest";
import type { ExampleDraft, LastTest } from "@/api/schema";
import type { Sent } from "@/features/drafts/queries";
import { LeftOut } from "./left-out";

const example = (name: string) => ({ name }) as ExampleDraft;
const at = (pointer: string) => [{ pointer, detail: "must not hold a NUL character" }];

function a_draft(): Sent {
  const examples = [example("good"), example("bad"), example("fine")];
  return { connector: {}, step: "basic", baseRevision: null, examples, lastTest: {} as LastTest };
}

test("an example that no draft takes is left out, and neither the others nor the last test", () => {
  const [leftOut, draft] = [new LeftOut(), a_draft()];
  expect(leftOut.add(leftOut.without(draft), at("/examples/1/output/a"))).toBe(true);
  const rest = leftOut.without(draft);
  expect(rest.examples.map(({ name }) => name)).toEqual(["good", "fine"]);
  expect(rest.lastTest).toBe(draft.lastTest);
  // It is named by its place in what is sent now.
  expect(leftOut.add(rest, at("/examples/1"))).toBe(true);
  expect(leftOut.without(draft).examples.map(({ name }) => name)).toEqual(["good"]);
});

test.each([[at("/lastTest/output/a")], [at("/lastTest")], [[]]])(
  "the last test is left out once",
  (errors) => {
    const [leftOut, draft] = [new LeftOut(), a_draft()];
    expect(leftOut.add(leftOut.without(draft), errors)).toBe(true);
    expect(leftOut.without(draft)).toEqual({ ...draft, lastTest: null });
    expect(leftOut.add(leftOut.without(draft), errors)).toBe(false);
    const next = { ...draft, lastTest: {} as LastTest };
    expect(leftOut.without(next)).toEqual(next);
  },
);

test("what is refused for something else is not for a test to leave", () => {
  const [leftOut, draft] = [new LeftOut(), a_draft()];
  expect(leftOut.add(draft, at("/connector"))).toBe(false);
  expect(leftOut.add(draft, at("/examples"))).toBe(false);
  expect(leftOut.without(draft)).toEqual(draft);
});
