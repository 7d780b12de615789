import { expect, test } from "vitest";
import { ago, bytes, duration } from "./time";

const NOW = new Date("2026-03-10T12:00:00Z");

test.each([
  ["2026-03-10T11:59:40Z", "just now"],
  ["2026-03-10T10:00:00Z", "2 hours ago"],
  ["2026-03-09T11:00:00Z", "yesterday"],
  ["2025-01-10T11:00:00Z", "last year"],
])("%s was %s", (then, words) => {
  expect(ago(new Date(then), NOW)).toBe(words);
});

test.each([
  [0, "< 1 ms"],
  [0.0004, "0.4 ms"],
  [0.038, "38 ms"],
  [1.2, "1.20 s"],
  [125, "2 min 5 s"],
  [59.999, "1 min 0 s"],
  [119.7, "2 min 0 s"],
  [12_000, "3 h 20 min"],
  [259_200, "3 d 0 h"],
])("%d seconds are %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

test("sizes have units", () => {
  expect([bytes(12), bytes(2048), bytes(3 * 1024 * 1024)]).toEqual(["12 B", "2.0 KiB", "3.0 MiB"]);
});
