import { expect, test } from "vitest";
import type { StepView } from "@/api/flows";
import { errorWords, hopsOf, mappedLines, pauseMs } from "./model";

const step = (more: Partial<StepView>): StepView => ({
  step_id: "a",
  action: "connector",
  state: "running",
  started_at: "2026-01-01T00:00:00Z",
  ended_at: null,
  until: null,
  execution_id: "e1",
  execution: null,
  output: null,
  result_at: null,
  update: null,
  update_at: null,
  error: null,
  ...more,
});
const hops = (more: Partial<StepView>, maps = true, over = false) =>
  hopsOf(step(more), maps, over).map(({ word, tone, after }) => [word, tone, after]);
const RESULT_AT = "2026-01-01T00:00:01.5Z";
const UPDATE_AT = "2026-01-01T00:00:02Z";

test("a call goes from asked to answered to written, each with its time", () => {
  expect(hops({})).toEqual([
    ["Execution asked for", "neutral", null],
    ["Waits for its answer", "waiting", null],
    ["The contact is not written yet", "waiting", null],
  ]);
  const update = {
    contactId: "c1",
    mappings: [
      { targetField: "city", outcome: "written", after: "Rome" },
      { targetField: "zip", outcome: "refused", detail: "no zip" },
    ],
  };
  const done = { state: "succeeded" as const, result_at: RESULT_AT, update, update_at: UPDATE_AT };
  expect(hops(done)).toEqual([
    ["Execution asked for", "neutral", null],
    ["Answered", "success", 1.5],
    ["Contact updated: City", "success", 0.5],
  ]);
  expect(hopsOf(step(done), true, true)[2]?.detail).toBe("1 not written");
});

test("a call that fails writes nobody, and one without mappings ends with its answer", () => {
  const error = { type: "http_error", message: "It answered 500." };
  expect(hops({ state: "failed", result_at: RESULT_AT, error }).map(([word]) => word)).toEqual([
    "Execution asked for",
    "Failed",
  ]);
  expect(hops({ state: "succeeded", result_at: RESULT_AT }, false)).toHaveLength(2);
});

test("what a run left behind does not wait any more", () => {
  expect(hops({}, true, true).map(([word]) => word)).toEqual([
    "Execution asked for",
    "Nothing came",
    "Nothing came",
  ]);
});

test("other steps have one hop", () => {
  const ended_at = "2026-01-01T00:00:01Z";
  const other = (action: string, more: Partial<StepView>) =>
    hops({ action, execution_id: null, state: "succeeded", ended_at, ...more });
  expect(other("update_contact", { result_at: ended_at })).toEqual([["Contact updated", "success", 1]]);
  expect(other("if", { output: { taken: "else" } })[0]?.[0]).toBe("Does not hold: goes on with Else");
  expect(other("wait", {})).toEqual([["Waited", "success", 1]]);
  expect(hops({ action: "wait", execution_id: null })).toEqual([["Waits", "waiting", null]]);
});

test("what became of fields is told one by one", () => {
  const mappings = [
    { targetField: "city", outcome: "written", before: "Bonn", after: "Rome" },
    { targetField: "score", targetType: "custom_field", outcome: "skipped", reason: "contact_not_found" },
  ];
  expect(mappedLines({ mappings })).toEqual([
    { field: "City", outcome: "written", before: "Bonn", after: "Rome", detail: "" },
    { field: "score", outcome: "skipped", before: null, after: null, detail: "contact not found" },
  ]);
  expect(mappedLines(null)).toEqual([]);
});

test("looks become rarer, and failures are said", () => {
  expect(pauseMs(0)).toBe(300);
  expect(pauseMs(1000)).toBe(5000);
  expect(errorWords({ type: "invalid_input" })).toBe("invalid input");
});
