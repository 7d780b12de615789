import { expect, test } from "vitest";
import { personName } from "./people";

test.each([
  ["ann@example.com", "ann"],
  ["admin@0198a000-0000-7000-8000-000000000001", "admin"],
  ["api-key/0198a000-0000-7000-8000-000000000001", "API key"],
  ["flow-engine", "flow-engine"],
  ["@example.com", "@example.com"],
])("%s is called %s", (by, name) => {
  expect(personName(by)).toBe(name);
});
