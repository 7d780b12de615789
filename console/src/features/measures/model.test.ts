import { expect, test } from "vitest";
import type { DayView, PerformanceView } from "@/api/schema";
import {
  dayBars,
  days,
  failureShares,
  hourBars,
  lengths,
  measures,
  percentiles,
  seconds,
  volumeInWords,
} from "./model";

const PERFORMANCE: PerformanceView = {
  average_ms: 1234.5,
  p50_ms: 800,
  p95_ms: 2500,
  p99_ms: null,
  success_rate: 0.9312,
  error_rate: 0.0688,
  average_goal_ms: { goal: 3000, met: true },
  success_goal: { goal: 0.95, met: false },
  error_goal: { goal: 0.05, met: false },
};
const day = (on: string, succeeded: number, failed = 0): DayView => ({
  day: on,
  executions: succeeded + failed,
  succeeded,
  failed,
  timed_out: 0,
  skipped: 0,
  success_rate: null,
  average_ms: null,
});

test("says how good it is, and how good it has to be", () => {
  expect(measures(PERFORMANCE).map(({ value, goal, met }) => [value, goal, met])).toEqual([
    ["1.23 s", "goal: under 3 s", true],
    ["93.1%", "goal: over 95%", false],
    ["6.9%", "goal: under 5%", false],
  ]);
  expect(percentiles(PERFORMANCE).map(({ value }) => value)).toEqual(["800 ms", "2.50 s", "–"]);
});

test("of nothing measured nothing is claimed", () => {
  const goal = { goal: 0.95, met: null };
  const none = { ...PERFORMANCE, average_ms: null, success_rate: null, success_goal: goal };
  expect(measures(none).map(({ value }) => value)).toEqual(["–", "–", "6.9%"]);
});

test("a day without calls is a day", () => {
  const found = [day("2026-02-28", 3), day("2026-03-02", 1, 2)];
  expect(days("2026-02-27", "2026-03-02", found).map((each) => each.day)).toEqual([
    "2026-02-27",
    "2026-02-28",
    "2026-03-01",
    "2026-03-02",
  ]);
  const bars = dayBars("2026-02-27", "2026-03-02", found);
  expect(bars.map(({ label, parts }) => [label, ...parts.map(({ value }) => value)])).toEqual([
    ["Feb 27", 0, 0, 0, 0],
    ["Feb 28", 3, 0, 0, 0],
    ["Mar 1", 0, 0, 0, 0],
    ["Mar 2", 1, 2, 0, 0],
  ]);
  expect(volumeInWords(bars)).toBe("6 executions in 2 of 4, most at Feb 28: 3");
  expect(volumeInWords([])).toBe("No executions");
});

test("each hour of the day has its bar", () => {
  const bars = hourBars([{ hour: 9, executions: 7 }]);
  expect(bars).toHaveLength(24);
  expect([bars[8]?.parts[0]?.value, bars[9]?.parts[0]?.value, bars[9]?.label]).toEqual([0, 7, "09:00"]);
});

test("shares are measured by the largest", () => {
  const shares = failureShares({
    failures: [
      { type: "http_error", failures: 8 },
      { type: "timeout", failures: 2 },
    ],
  });
  expect(shares.map(({ label }) => label)).toEqual(["Error from the API", "No answer in time"]);
  expect(lengths(shares)).toEqual([1, 0.25]);
  expect(lengths([])).toEqual([]);
});

test.each([
  [0, "0 ms"],
  [250, "250 ms"],
  [1500, "1.5 s"],
  [3000, "3 s"],
])("an axis says %d ms as %s", (ms, text) => {
  expect(seconds(ms)).toBe(text);
});
