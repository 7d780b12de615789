import { expect, test } from "vitest";
import type { SchemaChange } from "@/api/schema";
import { placeWord, verdictOf } from "./changes";

const change = (breaking: boolean): SchemaChange => ({
  pointer: "/a",
  kind: "removed",
  breaking,
  detail: "is not there any more",
});

test("a place in an output is written as a path", () => {
  expect(["/people/*/first~1name", "/", "", "/*"].map(placeWord)).toEqual([
    "people[].first/name",
    "$",
    "$",
    "[]",
  ]);
});

test("what a set of changes means is one sentence", () => {
  expect(verdictOf(null)).toMatchObject({ tone: "neutral" });
  expect(verdictOf([])).toMatchObject({ tone: "success" });
  expect(verdictOf([change(false)])).toMatchObject({
    tone: "warning",
    text: expect.stringContaining("nothing breaks"),
  });
  expect(verdictOf([change(true), change(false)]).text).toBe("1 change breaks what reads the output");
  expect(verdictOf([change(true), change(true)]).text).toBe("2 changes break what reads the output");
});
