import { expect, test } from "vitest";
import type { HealthView } from "@/api/schema";
import { evidenceOf, helpOf, stateOf } from "./health";

const health = (fields: Partial<HealthView>): HealthView => ({
  connector_id: "c",
  name: "Lookup",
  state: "running",
  sentence: "",
  advice: "",
  since: null,
  until: null,
  cause: null,
  reasons: [],
  parked: null,
  waiting: null,
  in_flight: null,
  last_execution: null,
  answered_by: "executor",
  ...fields,
});

test("the evidence of a limited one is what limits it, until when, and how much waits", () => {
  const limited = health({
    state: "limited",
    until: "2026-03-10T14:05:00Z",
    cause: { code: "rate_limited", detail: "60 calls a minute are used up", source: "Retry-After" },
    parked: {
      count: 31,
      waiting_for_retry: 2,
      oldest: "2026-03-10T14:00:00Z",
      next_slot: "2026-03-10T14:05:00Z",
      drain_seconds: 90,
    },
    waiting: 0,
    in_flight: 1,
  });
  expect(evidenceOf(limited).map(({ name, value, at }) => `${name}: ${value || at}`)).toEqual([
    "Cause: 60 calls a minute are used up (Retry-After)",
    "Until: 2026-03-10T14:05:00Z",
    "Parked: 31, 2 of them for another attempt",
    "Oldest: 2026-03-10T14:00:00Z",
    "Next one goes: 2026-03-10T14:05:00Z",
    "All of them in: about 1 min 30 s",
    "Being called: 1",
  ]);
});

test("one that runs has nothing to prove", () => {
  expect(evidenceOf(health({ waiting: 0, in_flight: 0 }))).toEqual([]);
});

test.each([
  ["disabled", "enable"],
  ["credential_stale", "credential"],
  ["failing", "failures"],
  ["limited", "waiting"],
  ["running", null],
  ["something_new", null],
])("%s is helped by %s", (state, help) => {
  expect(helpOf(state)).toBe(help);
});

test("a state that is not known yet is told by its own word", () => {
  expect(stateOf("moon_phase").tone).toBe("neutral");
  expect([stateOf("limited").word, stateOf("disabled").word]).toEqual(["Limited", "Switched off"]);
});
