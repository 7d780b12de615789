import { expect, test } from "vitest";
import type { ContactImport, ImportColumn } from "@/api/mapper";
import {
  firstChoices,
  isSamePlan,
  LEFT_OUT,
  lookedLike,
  NEW_FIELD,
  outcome,
  pastedFile,
  planOf,
  problemsOf,
  targetOptions,
} from "./model";

const column = (
  place: number,
  name: string,
  target: string | null,
  samples: string[] = [],
): ImportColumn => ({
  column: place,
  name,
  samples,
  suggestion: target === null ? null : { target_field: target, target_type: "user_field" },
});
const COLUMNS = [
  column(0, "Name", "first_name"),
  column(1, "Contact", null, ["ann@example.com", "", "bea@example.com"]),
  column(2, "Score", null, ["7"]),
];
const found = (more: Partial<ContactImport> = {}) =>
  ({ columns: COLUMNS, plan: null, ...more }) as ContactImport;
const NO_COUNTS = { created: 0, updated: 0, unchanged: 0, skipped: 0, refused: 0, errors: 0 };

test.each([
  [["a@b.example", " "], "email"],
  [["a@b@c.example"], null],
  [["+49 30 123456", "(626) 695-8105"], "phone"],
  [["1234567"], null],
  [["https://x.example"], "website"],
  [[], null],
])("%j looks like %s", (cells, target) => {
  expect(lookedLike(cells)).toBe(target);
});

test("columns go where their names, then their cells say, each place once", () => {
  expect(firstChoices(found()).targets).toEqual({ 0: "first_name", 1: "email", 2: LEFT_OUT });
  const named = found({ columns: [...COLUMNS, column(3, "Email", "email")] });
  expect(firstChoices(named).targets[1]).toBe(LEFT_OUT);
});

test("a plan comes back as it was chosen", () => {
  const chosen = {
    ...firstChoices(found()),
    targets: { 0: "first_name", 1: "email", 2: NEW_FIELD },
    matchBy: "phone-email" as const,
    overwrite: false,
  };
  const plan = planOf(chosen, COLUMNS);
  expect(plan.columns[2]).toEqual({ column: 2, target_type: "custom_field", target_field: "Score" });
  expect([plan.match_by, plan.overwrite_existing]).toEqual([["phone", "email"], false]);
  const again = firstChoices(found({ plan }));
  expect(again).toEqual({ ...chosen, targets: { ...chosen.targets, 2: "custom_fields.Score" } });
  expect(isSamePlan({ ...plan, columns: plan.columns.toReversed() }, planOf(again, COLUMNS))).toBe(true);
  expect(isSamePlan(plan, planOf({ ...again, create: false }, COLUMNS))).toBe(false);
  expect(isSamePlan(null, plan)).toBe(false);
});

test("what cannot be sent is said where it is", () => {
  const chosen = firstChoices(found());
  const twice = problemsOf({ ...chosen, targets: { 0: "email", 1: "email", 2: LEFT_OUT } }, COLUMNS);
  expect([...twice]).toEqual([[1, "Name goes there already."]]);
  expect(problemsOf({ ...chosen, targets: {} }, COLUMNS).get(null)).toContain("at least one column");
  expect(problemsOf({ ...chosen, create: false, update: false }, COLUMNS).has(null)).toBe(true);
  expect(problemsOf(chosen, COLUMNS).size).toBe(0);
});

test("a column can make a field of its own name, unless there is one", () => {
  const field = { name: "Score", label: null, deleting: false } as Parameters<
    typeof targetOptions
  >[0][number];
  expect(targetOptions([], "Score").at(-1)?.id).toBe(NEW_FIELD);
  expect(targetOptions([field], "Score").at(-1)?.id).toBe("custom_fields.Score");
  expect(targetOptions([], "").some(({ id }) => id === NEW_FIELD)).toBe(false);
});

test("only what happened is told", () => {
  const told = outcome({ ...NO_COUNTS, created: 2, refused: 1 }, true);
  expect(told.map(({ many, word }) => `${many} ${word}`)).toEqual([
    "2 would be created",
    "1 with a wrong cell: left out",
  ]);
});

test("pasted rows say how their cells are parted", async () => {
  expect(pastedFile("a\tb\n1\t2").file.type).toBe("text/tab-separated-values");
  expect(pastedFile("a,b\n1,\t").file.type).toBe("text/csv");
  expect(await pastedFile("a,b").file.text()).toBe("a,b");
});
