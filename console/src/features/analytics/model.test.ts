import { expect, test } from "vitest";
import { categoryShares, facts, nameOf } from "./model";

test("says how far connectors are used", () => {
  const adoption = {
    connectors: 1200,
    enabled: 900,
    active: 300,
    inactive: 900,
    active_ratio: 0.25,
    flows: 12,
  };
  expect(facts(adoption).map(({ label, value, hint }) => `${label} ${value} ${hint}`)).toEqual([
    "Connectors 1,200 in this workspace",
    "Flows 12 used one in these days",
    "Active 300 25% are enabled and were used",
    "Inactive 900 switched off, or not used",
  ]);
});

test("without connectors there is no share of them", () => {
  const none = { connectors: 0, enabled: 0, active: 0, inactive: 0, active_ratio: null, flows: 0 };
  expect(facts(none)[2]?.hint).toBe("enabled, and used in these days");
});

test("what is gone is still counted, and called so", () => {
  const categories = [
    { category: "crm", executions: 3 },
    { category: null, executions: 1 },
  ];
  expect(categoryShares({ categories }).map(({ label }) => label)).toEqual([
    "CRM",
    "Connectors that are gone",
  ]);
  expect(nameOf({ name: null })).toBe("A connector that is gone");
});
