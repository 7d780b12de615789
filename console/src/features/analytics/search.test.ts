import { expect, test } from "vitest";
import { analyticsSearch, daysOf, isDay } from "./search";

const NOW = new Date("2026-03-10T23:30:00Z");

test("an address is read with care, and what is usual is left out", () => {
  expect(analyticsSearch({ days: 7, category: "crm", other: 1 })).toEqual({ days: 7, category: "crm" });
  expect(analyticsSearch({ days: 30, category: "" })).toEqual({});
  expect(analyticsSearch({ days: 4000 })).toEqual({});
});

test.each([
  ["2026-03-01", "2026-03-08", true],
  ["2026-03-08", "2026-03-01", false],
  ["2026-01-01", "2026-04-02", true],
  ["2026-01-01", "2026-04-03", false],
  ["2026-02-30", "2026-03-01", false],
  ["1999-01-01", "1999-01-02", false],
])("days from %s to %s are measurable: %s", (since, until, taken) => {
  expect(analyticsSearch({ since, until })).toEqual(taken ? { since, until } : {});
});

test("counts days back from today, which is one of them", () => {
  expect(daysOf({}, NOW)).toEqual({ since: "2026-02-09", until: "2026-03-10" });
  expect(daysOf({ days: 7 }, NOW)).toEqual({ since: "2026-03-04", until: "2026-03-10" });
  expect(daysOf({ since: "2026-01-01", until: "2026-01-02" }, NOW).until).toBe("2026-01-02");
});

test("only a day is a day", () => {
  expect([isDay("2026-02-28"), isDay("2026-2-28"), isDay("yesterday"), isDay(20260228)]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
