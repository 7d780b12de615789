import { expect, test } from "vitest";
import type { EntryView } from "@/api/schema";
import {
  actorHint,
  actorName,
  changesInWords,
  difference,
  facts,
  options,
  sentence,
  thingName,
} from "./model";
import { asked, auditSearch, isFiltered } from "./search";

const NOW = new Date("2026-03-10T12:00:00Z");
const entry = (more: Partial<EntryView> = {}): EntryView => ({
  id: "e",
  at: "2026-03-10T12:00:00Z",
  actor: { kind: "user", id: "ann@example.com", key_id: null },
  address: "10.0.0.7",
  request_id: "r-1",
  trace_id: null,
  action: "changed",
  thing: { kind: "connector", id: "c-1", name: "Clearbit" },
  changes: [],
  details: {},
  ...more,
});

test("says what was done to what", () => {
  expect(sentence(entry())).toBe("Changed connector Clearbit");
  expect(sentence(entry({ action: "went_stale", thing: { kind: "api_key", id: "k", name: null } }))).toBe(
    "Lost its access API key k",
  );
  const executed = { kind: "connector", id: "f078a498-a929-4887-a627-d4e7e72cb95e", name: null };
  expect(sentence(entry({ action: "executed", thing: executed }))).toBe("Executed connector f078a498…");
  expect(sentence(entry({ action: "executed", thing: executed }), new Map([[executed.id, "Clearbit"]]))).toBe(
    "Executed connector Clearbit",
  );
  expect(sentence(entry({ action: "exported", thing: { kind: "audit", id: null, name: null } }))).toBe(
    "Exported audit trail",
  );
  expect(options(["dead_letter"], thingName)).toEqual([{ id: "dead_letter", label: "Dead letter" }]);
});

test("says who did it, and by what", () => {
  expect(actorName({ kind: "system", id: "", key_id: null })).toBe("The service itself");
  expect(actorHint({ kind: "user", id: "ann", key_id: null })).toBe("");
  const byKey = { kind: "service", id: "api-key/k", key_id: "k" } as const;
  expect([actorName(byKey), actorHint(byKey)]).toEqual(["API key", ""]);
  expect(actorHint({ ...byKey, kind: "flow" })).toBe("flow engine");
  expect(actorName({ kind: "user", id: "ann@example.com", key_id: null })).toBe("ann");
});

test("a change says where, what was there, and what is there", () => {
  expect(difference({ pointer: "/config/headers/0/value", before: "a", after: "b" })).toEqual({
    place: "config › headers › 0 › value",
    before: "a",
    after: "b",
    note: null,
  });
  expect(difference({ pointer: "/retries", after: 3 })).toMatchObject({ before: null, after: "3" });
  expect(difference({ pointer: "/x", before: null, after: { a: 1 } })).toMatchObject({
    before: "null",
    after: '{\n  "a": 1\n}',
  });
});

test("a secret stays one", () => {
  const told = difference({ pointer: "/config/auth/token", secret: "changed" });
  expect(told).toMatchObject({ before: null, after: null });
  expect(told.note).toContain("A secret was changed");
});

test("counts what is told, and says that there is more", () => {
  expect(changesInWords([])).toBe("");
  expect(changesInWords([{ pointer: "/a" }])).toBe("1 change");
  expect(changesInWords([{ pointer: "/a" }, { pointer: "", more: true }])).toBe("1+ changes");
});

test("tells what else is known, and nothing that is not", () => {
  expect(facts(entry({ details: { dry_run: true } }))).toEqual([
    { label: "Dry run", value: "true" },
    { label: "Id", value: "c-1" },
    { label: "From address", value: "10.0.0.7" },
    { label: "Request id", value: "r-1" },
    { label: "Who", value: "ann@example.com" },
  ]);
});

test("an address is read with care", () => {
  expect(auditSearch({ source: "contacts", actor: "ann", id: 7, other: 1, kind: "" })).toEqual({
    source: "contacts",
    actor: "ann",
    id: "7",
  });
  expect(auditSearch({ source: "else", actor: ["x"], days: 4000 })).toEqual({});
  expect(isFiltered({ source: "contacts", entry: "e" })).toBe(false);
  expect(isFiltered({ kind: "grant" })).toBe(true);
});

test("the last day that is asked for is shown to its end", () => {
  const { since, until, actor } = asked({ since: "2026-03-01", until: "2026-03-01", actor: "ann" }, NOW);
  expect(Date.parse(until ?? "") - Date.parse(since ?? "")).toBe(86_400_000);
  expect(actor).toBe("ann");
  expect(asked({ since: "someday" }, NOW)).toEqual({});
  expect(asked({ days: 7, kind: "grant" }, NOW)).toEqual({
    kind: "grant",
    since: "2026-03-03T12:00:00.000Z",
  });
});
