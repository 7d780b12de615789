import { expect, test } from "vitest";
import { categoryLabel, categoryOptions, nameOfCopy, sorted, usage } from "./model";
import { dashboardSearch, isFiltered } from "./search";

const NOW = new Date("2026-03-10T12:00:00Z");
const line = (name: string, count = 0, used: string | null = null) => ({
  name,
  usage_count: count,
  last_used_at: used,
});

test.each([
  [line("a", 3, "2026-03-10T10:00:00Z"), "Used in 3 flows · Last used 2 hours ago"],
  [line("a", 1, "2026-03-09T11:00:00Z"), "Used in 1 flow · Last used yesterday"],
  [line("a", 0, "2026-03-10T10:00:00Z"), "Last used 2 hours ago"],
  [line("a"), "Never used"],
])("says how it is used", (one, words) => {
  expect(usage(one, NOW)).toBe(words);
});

test("sorts in each way, and leaves what it got", () => {
  const lines = [
    line("b", 1, "2026-01-01T00:00:00Z"),
    line("A", 2),
    line("c10", 0, "2026-02-01T00:00:00Z"),
    line("c9"),
  ];
  const names = (sort: Parameters<typeof sorted>[1]) => sorted(lines, sort).map((one) => one.name);
  expect(names("newest")).toEqual(["b", "A", "c10", "c9"]);
  expect(names("name")).toEqual(["A", "b", "c9", "c10"]);
  expect(names("last-used")).toEqual(["c10", "b", "A", "c9"]);
  expect(names("most-used")).toEqual(["A", "b", "c10", "c9"]);
});

test.each([
  ["Clearbit", "Clearbit copy"],
  ["Clearbit copy", "Clearbit copy 2"],
  ["Clearbit copy 9", "Clearbit copy 10"],
])("a copy of %s is %s", (name, copy) => {
  expect(nameOfCopy(name)).toBe(copy);
});

test("categories of a workspace's own are named too", () => {
  expect(categoryLabel("real-estate")).toBe("Real estate");
  expect(categoryOptions(["crm", "zoo", ""]).at(-1)).toEqual({ id: "zoo", label: "Zoo" });
});

test("an address is read with care", () => {
  expect(dashboardSearch({ q: "x", status: "broken", sort: "name", other: 1 })).toEqual({
    q: "x",
    sort: "name",
  });
  expect(dashboardSearch({ sort: "newest", category: "" })).toEqual({});
  expect(isFiltered({ sort: "name" })).toBe(false);
});
