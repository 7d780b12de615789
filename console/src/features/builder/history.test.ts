import { parseJson } from "@json/exact";
import { expect, test } from "vitest";
import { beginning, canRedo, canUndo, changed, copied, MOST_STEPS, redone, undone } from "./history";

test("steps are undone and done again, each with the field that it changed", () => {
  let history = changed(beginning("a"), "b", "name", false);
  history = changed(history, "c", "url", false);
  const back = undone(history);
  expect(back).toMatchObject({ form: "b", field: "url" });
  const further = back && undone(back.history);
  expect(further).toMatchObject({ form: "a", field: "name" });
  expect(further && canUndo(further.history)).toBe(false);
  expect(further && undone(further.history)).toBeNull();
  const forward = further && redone(further.history);
  expect(forward).toMatchObject({ form: "b", field: "name" });
  expect(forward && canRedo(forward.history)).toBe(true);
});

test("typing in one field is one step, and what was undone is gone after a change", () => {
  let history = changed(beginning("a"), "ab", "name", false);
  history = changed(history, "abc", "name", true);
  expect(undone(history)).toMatchObject({ form: "a", field: "name" });
  const back = undone(history);
  const other = changed(back?.history ?? history, "x", "url", false);
  expect(canRedo(other)).toBe(false);
  expect(undone(other)).toMatchObject({ form: "a", field: "url" });
});

test("what follows by itself belongs to the change before it", () => {
  const typed = changed(beginning("a"), "b", "query.0.inputField", false);
  const joined = changed(typed, "b with its input", "inputs", true);
  expect(undone(joined)).toMatchObject({ form: "a", field: "query.0.inputField" });
});

test("the oldest steps are forgotten", () => {
  let history = beginning(0);
  for (let step = 1; step <= MOST_STEPS + 50; step++) history = changed(history, step, "name", false);
  expect(history.steps).toHaveLength(MOST_STEPS + 1);
  expect(history.steps[history.at]?.form).toBe(MOST_STEPS + 50);
  expect(history.steps[0]?.form).toBe(50);
});

test("a copy is reached by no later change, and its numbers stay exact", () => {
  const form = { list: [{ a: "1" }], big: parseJson("9007199254740993") };
  const copy = copied(form);
  (form.list[0] as { a: string }).a = "2";
  expect(copy.list[0]?.a).toBe("1");
  expect(copy.big).toBe(form.big);
});
