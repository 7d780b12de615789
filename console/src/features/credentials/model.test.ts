import { expect, test } from "vitest";
import type { ListedCredential } from "@/api/schema";
import { credentialsSearch, found, replaced, shownSecret, usedBy } from "./model";

const NOW = new Date("2026-03-10T12:00:00Z");
const credential = (name: string, more: Partial<ListedCredential> = {}) =>
  ({
    name,
    auth: { type: "bearer", token: "••••bc0a" },
    allowed_origins: ["https://api.example.com"],
    status: "ok",
    token: null,
    created_at: "2026-03-01T12:00:00Z",
    entered_at: "2026-03-01T12:00:00Z",
    used_by: 0,
    ...more,
  }) as ListedCredential;

test("an address is read with care", () => {
  expect(credentialsSearch({ q: "x", state: "broken" })).toEqual({ q: "x" });
  expect(credentialsSearch({ q: "", state: "attention" })).toEqual({ state: "attention" });
});

test("by name, by where it goes, and by whether somebody has to look at it", () => {
  const all = [
    credential("Loyalty"),
    credential("Billing", { status: "stale", allowed_origins: ["https://billing.example"] }),
  ];
  const names = (search: Parameters<typeof found>[1]) => found(all, search, NOW).map(({ name }) => name);
  expect(names({})).toEqual(["Loyalty", "Billing"]);
  expect(names({ q: "billing.EX" })).toEqual(["Billing"]);
  expect(names({ state: "attention" })).toEqual(["Billing"]);
  expect(names({ state: "fine", q: "loy" })).toEqual(["Loyalty"]);
});

test("what is told of its secret", () => {
  expect(shownSecret(credential("a"))).toBe("••••bc0a");
  expect(shownSecret(credential("a", { auth: { type: "oauth2", client_id: "x" } }))).toBe("");
  expect(replaced(credential("a"), NOW)).toBe("Entered last week");
  expect(replaced(credential("a", { entered_at: "2026-03-10T10:00:00Z" }), NOW)).toBe("Replaced 2 hours ago");
  expect(replaced(credential("a", { entered_at: null }), NOW)).toBe("");
});

test.each([
  [0, "Not used"],
  [1, "Used by 1 connector"],
  [5, "Used by 5 connectors"],
])("used by %i", (count, words) => {
  expect(usedBy(count)).toBe(words);
});
