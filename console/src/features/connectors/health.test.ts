import { expect, test } from "vitest";
import { activityLabel, localTimes, phrase, timeOfDay } from "./health";

const NOW = new Date(2026, 2, 10, 13, 0);
const UNTIL = new Date(2026, 2, 10, 14, 5).toISOString();
const parked = (count: number) => ({
  count,
  waiting_for_retry: 0,
  oldest: null,
  next_slot: null,
  drain_seconds: null,
});
const health = (state: string, more: object = {}) => ({
  state,
  since: null,
  until: null,
  parked: parked(0),
  waiting: 0,
  ...more,
});

test.each([
  [health("limited", { until: UNTIL, parked: parked(31) }), "waiting", "Limited until 14:05, 31 parked"],
  [health("limited"), "waiting", "Limited"],
  [health("breaker_open", { until: UNTIL }), "warning", "Resting after failures until 14:05"],
  [health("failing", { since: UNTIL }), "danger", "Failing since 14:05"],
  [
    health("credential_stale", { parked: parked(1212) }),
    "danger",
    "Its credential has to be connected again, 1,212 parked",
  ],
  [health("running", { waiting: 3 }), "success", "Working, 3 in line"],
  [health("idle", { parked: null, waiting: null }), "success", "Ready"],
  [health("never_used", { parked: null, waiting: null }), "neutral", "Ready to try"],
  [health("no_answer"), "neutral", "Not known: no executor answers"],
  [health("on_holiday"), "neutral", "On holiday"],
])("says in words how it is", (one, tone, text) => {
  expect(phrase(one, NOW)).toEqual({ tone, text });
});

test.each(["disabled", "deleted"])("of what the row says already it says nothing: %s", (state) => {
  expect(phrase(health(state), NOW)).toBeNull();
});

test("another day is named", () => {
  expect(timeOfDay(new Date(2026, 2, 11, 8, 30), NOW)).toBe("11 Mar, 08:30");
});

test("the chart of a row is told in words", () => {
  expect(activityLabel([0, 0], [0, 0])).toBe("No executions in 24 hours");
  expect(activityLabel([1, 0], [0, 0])).toBe("1 execution in 24 hours");
  expect(activityLabel([1000, 204], [3, 0])).toBe("1,204 executions in 24 hours, 3 failed");
});

test("moments of the server's sentences are told by clocks here", () => {
  const utc = (at: Date) => at.toISOString().slice(11, 19);
  const then = new Date(2026, 2, 10, 14, 5);
  expect(localTimes(`Lookup: left alone, until ${utc(then)} UTC. 1 is parked.`, then)).toBe(
    "Lookup: left alone, until 14:05. 1 is parked.",
  );
  const day = new Date(Date.UTC(2026, 11, 4, 1, 0)).toISOString();
  expect(localTimes(`until ${day.slice(0, 10)} at 01:00:00 UTC.`, NOW)).toBe(
    `until ${timeOfDay(new Date(day), NOW)}.`,
  );
  expect(localTimes("until 99:99 UTC", NOW)).toBe("until 99:99 UTC");
});
