import { expect, test } from "vitest";
import type { HealthView, UserLine } from "@/api/schema";
import { impactOf, replacePhrase, usedPhrase } from "./impact";

const user = (deleted = false): UserLine => ({ id: "1", name: "Lookup", enabled: true, deleted });
const health = (count: number | null) =>
  ({ parked: count === null ? null : { count } }) as unknown as HealthView;

test("what hangs on a credential is counted", () => {
  const impact = impactOf([user(), user(true), user()], false, [health(200), health(null), health(12)]);
  expect(impact).toEqual({ connectors: 3, deleted: 1, parked: 212, more: false });
});

test.each([
  [{ connectors: 0, deleted: 0, parked: 0, more: false }, "No connector uses it."],
  [{ connectors: 1, deleted: 0, parked: 0, more: false }, "1 connector uses it."],
  [
    { connectors: 5, deleted: 0, parked: 1212, more: false },
    "5 connectors use it, and 1,212 executions wait at them.",
  ],
  [
    { connectors: 100, deleted: 2, parked: 1, more: true },
    "More than 100 connectors use it (2 of them deleted, and can be restored), and 1 execution waits at them.",
  ],
])("in words", (impact, words) => {
  expect(usedPhrase(impact)).toBe(words);
});

test("a new secret sets parked ones going", () => {
  const impact = { connectors: 2, deleted: 0, parked: 212, more: false };
  expect(replacePhrase(impact)).toBe(
    "Executions that run use the new secret at their next attempt; 212 parked ones go on.",
  );
  expect(replacePhrase({ ...impact, connectors: 0 })).toBe("");
});
