import { expect, test } from "vitest";
import { aView } from "./builders";
import { decisionsOf } from "./decisions";
import { attemptsOf, barsOf, spellsOf, waterfall, wholeOf } from "./waterfall";

const at = (seconds: number) => new Date(Date.parse("2026-03-10T12:00:00Z") + seconds * 1000).toISOString();
const attempt = (started: number, duration: number, status: number | null, outcome: string) => ({
  started: at(started),
  duration,
  status,
  outcome,
});

const RETRIED = aView({
  requested_at: at(0),
  started_at: at(600),
  executed_at: at(602.02),
  attempts: [attempt(600, 500, 503, "http_error"), attempt(601.5, 500, 200, "success")],
  parked: [{ since: at(1), until: at(599), reason: "rate_limited" }],
  mappings: [
    {
      updated_at: at(602.1),
      contact_id: "c",
      created: false,
      reason: null,
      cut: [],
      mappings: null,
      user_fields: null,
      custom_fields: null,
    },
  ],
});

test("every second is in one step, and none in two", () => {
  const steps = waterfall(RETRIED);
  expect(steps.map(({ kind, seconds }) => [kind, Number(seconds.toFixed(2))])).toEqual([
    ["line", 1],
    ["parked", 598],
    ["line", 1],
    ["call", 0.5],
    ["line", 1],
    ["call", 0.5],
    ["after", 0.02],
    ["mapping", 0.08],
  ]);
  expect(steps[1]?.word).toBe("Parked: the connector was at its limit");
  expect(steps[3]?.word).toBe("Attempt 1 · HTTP 503");
  expect(wholeOf(steps)).toBeCloseTo(602.1);
});

test("a long wait is folded, and leaves room for what was done", () => {
  const steps = waterfall(RETRIED);
  expect(steps.filter(({ isFolded }) => isFolded).map(({ kind }) => kind)).toEqual(["parked"]);
  const [, parked, , call] = barsOf(steps, false);
  expect(parked?.width).toBeCloseTo(0.12);
  expect(call?.width).toBeGreaterThan(0.1);
  const [, , , thin] = barsOf(steps, true);
  expect(thin?.width).toBeLessThan(0.001);
  expect(barsOf(steps, true).reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(1);
});

test("what never called has waited", () => {
  const view = aView({
    status: "skipped",
    error_type: "cancelled",
    attempts: null,
    started_at: null,
    executed_at: at(9),
  });
  const steps = waterfall({ ...view, requested_at: at(0) });
  expect(steps.map(({ kind, seconds }) => [kind, seconds])).toEqual([["line", 9]]);
  expect(barsOf(steps, false).reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(1);
});

test("clocks that disagree make no negative time", () => {
  const view = aView({
    requested_at: at(5),
    started_at: at(4),
    executed_at: at(4.1),
    attempts: [attempt(4, 200, 200, "success")],
  });
  expect(waterfall(view).every(({ seconds }) => seconds >= 0)).toBe(true);
});

test("attempts and spells that cannot be read are none", () => {
  expect(attemptsOf({ attempts: '[{"started":…' })).toEqual([]);
  expect(attemptsOf({ attempts: [{ duration: 3 }, null, { started: "never" }] })).toEqual([]);
  expect(spellsOf({ parked: [{ since: at(2), until: at(1), reason: "x" }, {}] })).toEqual([]);
});

test("the log says why it was repeated, and why not", () => {
  const told = decisionsOf(RETRIED).map(({ what, why }) => `${what}. ${why}`);
  expect(told).toEqual([
    "A flow asked for it. In the usual lane.",
    "Parked for 9 min 58 s. The connector was at its limit.",
    "Attempt 1: HTTP 503. It may succeed later, and calling again is safe: repeated after 1.00 s.",
    "Attempt 2: HTTP 200. It succeeded.",
    "Ended with success. ",
  ]);
});

test.each([
  [
    { error_type: "http_error", http_status: 404, retryable: false },
    "an API that answers 404 would say the same",
  ],
  [{ error_type: "http_error", http_status: 503, retryable: true }, "its retries are used up"],
  [{ error_type: "outcome_unknown", retryable: false }, "it may have taken effect"],
  [{ error_type: "transform_failed", retryable: false }, "would not change what is made of the answer"],
  [{ error_type: "timeout", retryable: false }, "calling again would come to the same"],
  [{ error_type: "upstream_unavailable", retryable: true }, "the api was away for too long"],
])("of %j it says why it was not repeated", (fields, words) => {
  const view = aView({ status: "error", ...fields, attempts: [attempt(0, 10, null, fields.error_type)] });
  expect(decisionsOf(view).some(({ why }) => why.includes(words))).toBe(true);
});

test("what ended without a call says so", () => {
  const view = aView({ status: "skipped", error_type: "connector_disabled", error_message: "It is off." });
  expect(decisionsOf(view).at(-1)).toMatchObject({ what: "Skipped without a call", why: "It is off." });
});
