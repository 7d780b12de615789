import { expect, test } from "vitest";
import { entriesFor, entryOf } from "./navigation";

const labels = (scopes: Parameters<typeof entriesFor>[0]) =>
  entriesFor(scopes).flatMap((group) => group.entries.map((entry) => entry.label));

test("leads nobody to what is not for them", () => {
  expect(labels(["connectors:read"])).toContain("Connectors");
  expect(labels(["connectors:read"])).not.toContain("Audit");
  expect(labels(["workspace:admin"])).toContain("Audit");
  expect(labels(undefined)).not.toContain("Audit");
});

test("a page belongs to the entry above it", () => {
  expect(entryOf("/tools/connectors/1/edit")?.label).toBe("Connectors");
  expect(entryOf("/tools/connectorsmith")).toBeUndefined();
});
