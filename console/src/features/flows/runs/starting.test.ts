import { expect, test } from "vitest";
import { begun, runsFor, type Wish } from "./starting";

const ann: Wish = { contact_id: "ann", input: {} };
const bob: Wish = { contact_id: "bob", input: {} };
const ids = (flow: string, ...wishes: Wish[]) => runsFor(flow, wishes).map(({ id }) => id);

test("the same wish is the same runs until they are known to have begun", () => {
  const first = ids("f1", ann, bob);
  expect(new Set(first).size).toBe(2);
  expect(ids("f1", ann, bob)).toEqual(first);
  begun("f1");
  expect(ids("f1", ann, bob)).not.toEqual(first);
});

test("another wish, or another flow, is other runs", () => {
  const first = ids("f2", ann);
  expect(ids("f3", ann)).not.toEqual(first);
  expect(ids("f2", ann)).toEqual(first);
  expect(ids("f2", { ...ann, input: { score: 7 } })).not.toEqual(first);
});
