import { expect, test } from "vitest";
import type { HealthView, ParkedLine } from "@/api/schema";
import { waitingOf } from "./model";

const NOW = new Date(2026, 2, 10, 13, 0);
const at = (hours: number, minutes: number) => new Date(2026, 2, 10, hours, minutes).toISOString();
const LINE: ParkedLine = {
  execution_id: "e1",
  connector_id: "c1",
  flow_id: "f1",
  lane: "normal",
  reason: "rate_limited",
  detail: "its connector is at its limit",
  attempt: 1,
  parked_at: at(12, 50),
  until: at(14, 5),
  ends_at: null,
  under_way: false,
};
const HEALTH: HealthView = {
  connector_id: "c1",
  name: "Lookup",
  state: "limited",
  sentence: "Lookup: its API asked to be left alone, until 14:05.",
  advice: "",
  since: null,
  until: at(14, 5),
  cause: null,
  reasons: [],
  parked: null,
  waiting: 0,
  in_flight: 0,
  last_execution: null,
  answered_by: "executor",
};
const IDLE = { ...HEALTH, state: "idle", sentence: "Lookup is ready." };

test("one that is parked says why, until when, and what its connector says", () => {
  expect(waitingOf({ parked: LINE, health: HEALTH }, NOW)).toEqual({
    word: "Parked until 14:05: its connector is at its limit",
    short: "Waits until 14:05",
    tone: "waiting",
    detail: "Lookup: its API asked to be left alone, until 14:05.",
    isHeld: true,
  });
});

test("one that is looked at before its API may be called again waits until that", () => {
  const soon = { ...LINE, until: at(13, 15) };
  expect(waitingOf({ parked: soon, health: HEALTH }, NOW).word).toMatch(/^Parked until 14:05: /);
  expect(waitingOf({ parked: soon, health: { ...IDLE, until: at(14, 5) } }, NOW).word).toMatch(
    /^Parked until 13:15: /,
  );
});

test("what it waits for as the next attempt, and when it ends at the latest", () => {
  const retry = { ...LINE, attempt: 2, detail: "it is tried again then", ends_at: at(18, 0) };
  expect(waitingOf({ parked: retry, health: IDLE }, NOW)).toMatchObject({
    word: "Parked until 14:05, before attempt 2: it is tried again then",
    detail: "It ends by 18:00, called or not.",
  });
  const behind = { ...LINE, until: null, detail: "others of its connector came before it" };
  expect(waitingOf({ parked: behind, health: undefined }, NOW)).toMatchObject({
    word: "Parked until it is its turn: others of its connector came before it",
    short: "Waits for its turn",
  });
});

test("one that is called from where it was parked is not held back", () => {
  const called = waitingOf({ parked: { ...LINE, under_way: true }, health: HEALTH }, NOW);
  expect(called).toEqual({ word: "Being called", short: null, tone: "info", detail: "", isHeld: false });
});

test.each([
  [null, HEALTH],
  [undefined, HEALTH],
])("one that is not found among the parked waits for what its connector waits for", (parked, health) => {
  expect(waitingOf({ parked, health }, NOW)).toMatchObject({
    word: "Waits for its answer: Limited until 14:05",
    short: "Waits until 14:05",
    detail: HEALTH.sentence,
    isHeld: true,
  });
});

test("nothing is said that is not known", () => {
  const plain = { word: "Waits for its answer", short: null, isHeld: false };
  expect(waitingOf({ parked: null, health: IDLE }, NOW)).toMatchObject({
    ...plain,
    detail: "It is in line, or being called.",
  });
  expect(waitingOf({ parked: undefined, health: IDLE }, NOW)).toMatchObject({ ...plain, detail: "" });
  expect(waitingOf({ parked: undefined, health: undefined }, NOW)).toMatchObject({ ...plain, detail: "" });
});
