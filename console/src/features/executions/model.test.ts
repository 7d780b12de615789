import { expect, test } from "vitest";
import type { ExecutionLine } from "@/api/schema";
import { aLine } from "./builders";
import { errorWord, isWanted, linePhases, statusOf, withNew } from "./model";
import { asked, executionSearch, isFiltered } from "./search";

const ID = "33333333-3333-4333-8333-333333333333";

test("an address is read with care", () => {
  expect(
    executionSearch({
      connector: ID,
      status: "error",
      within: "24h",
      flow: 17,
      text: "",
      other: 1,
      trigger: "rest",
    }),
  ).toEqual({ connector: ID, status: "error", within: "24h", flow: "17", trigger: "rest" });
  expect(executionSearch({ http: 503 })).toEqual({ http: "503" });
  expect(executionSearch({ http: "0x1f4" })).toEqual({});
  expect(executionSearch({ connector: "x", status: "broken", within: "toString", contact: {} })).toEqual({});
  expect(executionSearch({ text: "x".repeat(999) }).text).toHaveLength(200);
});

test("what is asked for has the API's names", () => {
  const now = Date.parse("2026-03-10T12:00:00Z");
  expect(asked({ connector: ID, within: "1h", flow: "f", http: "503", text: "503" }, now)).toMatchObject({
    connector_id: ID,
    since: "2026-03-10T11:00:00.000Z",
    flow_id: "f",
    http_status: "503",
    text: "503",
  });
  expect(isFiltered({ connector: ID })).toBe(false);
  expect(isFiltered({ connector: ID, status: "error" })).toBe(true);
});

test.each<[Partial<ExecutionLine>, string]>([
  [{ status: "success" }, "Success"],
  [{ status: "error", error_type: "outcome_unknown" }, "Outcome unknown"],
  [{ status: "paused" }, "paused"],
])("%j is told as %s", (fields, word) => {
  expect(statusOf(aLine(fields)).word).toBe(word);
});

test("a kind of failure that is not known yet is told by its own word", () => {
  expect([errorWord("http_error"), errorWord("moon_phase"), errorWord(null)]).toEqual([
    "Error from the API",
    "moon phase",
    "No reason is kept",
  ]);
});

test("what the feed was not asked to leave out is left out", () => {
  const line = aLine({ trigger: "rest", error_type: "http_error", error_message: "The API answered 503." });
  expect(isWanted(line, {})).toBe(true);
  expect(isWanted(line, { trigger: "rest", error: "http_error", text: "API answered 5" })).toBe(true);
  expect(isWanted(line, { trigger: "flow" })).toBe(false);
  expect(isWanted(line, { text: "404" })).toBe(false);
  expect(isWanted({ ...line, http_status: 503 }, { http: "503" })).toBe(true);
  expect(isWanted({ ...line, http_status: 500 }, { http: "503" })).toBe(false);
  expect(isWanted(line, { contact: "c-9" })).toBe(false);
});

test("new ones come first, once, and in their order", () => {
  const at = (id: string, minute: number) => aLine({ id, executed_at: `2026-03-10T12:0${minute}:00Z` });
  const lines = [at("b", 1), at("a", 0)];
  expect(withNew(lines, [at("c", 2), at("d", 3), at("b", 1), at("d", 3)]).map(({ id }) => id)).toEqual([
    "d",
    "c",
    "b",
    "a",
  ]);
});

test("a line's time falls into what is known of it", () => {
  const phases = linePhases(
    aLine({
      requested_at: "2026-03-10T11:59:50Z",
      started_at: "2026-03-10T11:59:59Z",
      executed_at: "2026-03-10T12:00:00Z",
      execution_time_ms: 400,
    }),
  );
  expect(
    phases.map(({ name, seconds, isFolded }) => [name, Number(seconds.toFixed(3)), isFolded ?? false]),
  ).toEqual([
    ["wait", 9, true],
    ["call", 0.4, false],
    ["rest", 0.6, false],
  ]);
  expect(linePhases(aLine({ requested_at: null, started_at: null, execution_time_ms: 0 }))).toEqual([]);
});
