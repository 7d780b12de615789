import { expect, test } from "vitest";
import type { StepView } from "@/api/flows";
import type { Waiting } from "@/features/waiting/model";
import type { Step } from "../steps";
import { callOf, errorWords, hopsOf, keepsNothing, mappedLines, pauseMs, stepWord } from "./model";

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

const NOW = new Date(2026, 0, 1, 13, 0);
const FREE: Waiting = {
  word: "Waits for its answer",
  short: null,
  tone: "waiting",
  detail: "",
  isHeld: false,
};
const HELD: Waiting = {
  ...FREE,
  word: "Parked until 14:05: at its limit",
  short: "Waits until 14:05",
  detail: "Why.",
};
const until = new Date(2026, 0, 1, 15, 30).toISOString();

test.each([
  ["one that nothing holds back", step({}), FREE, "Running", ""],
  ["one that is held back", step({}), HELD, "Waits until 14:05", "Parked until 14:05: at its limit. Why."],
  ["one that has its answer", step({ result_at: RESULT_AT }), HELD, "Running", ""],
  ["one that has ended", step({ state: "failed" }), HELD, "Failed", ""],
  ["a pause of the flow", step({ action: "wait", execution_id: null, until }), FREE, "Waits until 15:30", ""],
])("how a step goes is said in a word: %s", (_, one, waiting, word, why) => {
  expect(stepWord(one, waiting, NOW)).toMatchObject({ word, why });
});

test("what is asked about waiting is a call without an answer", () => {
  const definition = { action: "connector", id: "a", connectorId: "c1", inputs: {} } as Step;
  expect(callOf(step({}), definition)).toEqual({
    executionId: "e1",
    connectorId: "c1",
    since: "2026-01-01T00:00:00Z",
  });
  expect(callOf(step({}), undefined)?.connectorId).toBeNull();
  expect(callOf(step({ execution_id: null }), definition)).toBeNull();
  expect(callOf(step({ result_at: RESULT_AT }), definition)).toBeNull();
  expect(callOf(step({ state: "failed" }), definition)).toBeNull();
});

test("a step keeps nothing whose answer goes neither onto the contact nor into a variable", () => {
  const call = { action: "connector", id: "a", connectorId: "c1", inputs: {} } as Step;
  expect(keepsNothing(call)).toBe(true);
  expect(keepsNothing({ ...call, storeAs: "data" } as Step)).toBe(false);
  expect(keepsNothing({ ...call, fieldMappings: [{ sourcePath: "a", targetField: "b" }] } as Step)).toBe(
    false,
  );
  expect(keepsNothing({ action: "wait", id: "a" } as unknown as Step)).toBe(false);
  expect(keepsNothing(undefined)).toBe(false);
});
