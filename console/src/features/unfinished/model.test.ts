import { expect, test } from "vitest";
import { cameOf, deadWord, toldOfOne, toldOfReplay, whatCancelDoes } from "./model";

test.each([
  [1, "The execution that waits for this connector ends as skipped"],
  [212, "All 212 executions that wait for this connector end as skipped"],
  [null, "All executions that wait for this connector end as skipped"],
])("of %s it says first what will happen", (count, words) => {
  expect(whatCancelDoes(count)).toContain(words);
  expect(whatCancelDoes(count)).toContain("cannot be undone");
});

test("a replay is told by what became of each", () => {
  const line = (outcome: "replayed" | "ended_already" | "not_found") => ({
    id: "0:1",
    execution_id: null,
    outcome,
  });
  expect(toldOfReplay({ dead_letters: [line("replayed"), line("ended_already"), line("replayed")] })).toBe(
    "2 sent again, 1 had an outcome already.",
  );
  expect(toldOfReplay({ dead_letters: [] })).toBe("There was nothing to send.");
});

test("an execution that has had an outcome is not sent again, nor a result that was applied", () => {
  const open = { status: null, executed_at: null, applied_at: null };
  const ended = { ...open, status: "success", executed_at: "2026-01-01T00:00:00Z" };
  expect(cameOf("execution", open)).toBeNull();
  expect(cameOf("execution", ended)).toBe("Ended: success");
  expect(cameOf("execution", { ...ended, status: null })).toBe("Ended");
  expect(cameOf("result", ended)).toBeNull();
  expect(cameOf("result", { ...ended, applied_at: "2026-01-02T00:00:00Z" })).toBe("Applied since");
});

test("cancelling one says what came of it", () => {
  const told = (outcome: "cancelled" | "under_way" | "not_parked") =>
    toldOfOne({ executions: [{ execution_id: "x", outcome }] });
  expect(told("cancelled")).toContain("skipped");
  expect(told("under_way")).toContain("being called");
  expect(told("not_parked")).toContain("has run");
});

test("reasons that are not known yet are told by their own word", () => {
  expect([deadWord("backlog_full"), deadWord("moon_phase"), deadWord(null)]).toEqual([
    "Too many were waiting, or it waited for too long",
    "moon phase",
    "Set aside",
  ]);
});
