import { expect, test } from "vitest";
import type { Scope } from "@/api/schema";
import { pagesFor } from "./places";

const ADMIN: Scope[] = ["connectors:read", "connectors:edit", "contacts:read", "workspace:admin"];
const labels = (text: string, scopes: Scope[]) => pagesFor(text, scopes).map(({ label }) => label);

test("finds pages by any of their words, those that begin with the text first", () => {
  expect(labels("a", ADMIN).slice(0, 2)).toEqual(["Analytics", "Audit"]);
  expect(labels("keys", ADMIN)).toEqual(["API keys"]);
  expect(labels("settings key", ADMIN)).toEqual(["API keys"]);
  expect(labels("nothing like it", ADMIN)).toEqual([]);
});

test("leads nobody to what he may not see", () => {
  expect(labels("", ["connectors:read"])).not.toContain("API keys");
  expect(labels("create", ["connectors:read"])).toEqual([]);
  expect(labels("create", ADMIN)).toEqual(["Create a connector"]);
});
