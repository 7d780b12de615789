import { expect, test } from "vitest";
import { noteSaved, noteTested, testedAnswer } from "./tested";

test("what a connector answered in its test is known once it is saved as it was tested", () => {
  noteTested("as tested", { city: "Rome" });
  noteSaved("as tested", "c1");
  expect(testedAnswer("c1")).toEqual({ city: "Rome" });
  noteSaved("changed since", "c1");
  expect(testedAnswer("c1")).toBeUndefined();
});

test("what was changed after the test, or failed, is not", () => {
  noteTested("as tested", { city: "Rome" });
  noteSaved("changed since", "c2");
  noteTested("failed", undefined);
  noteSaved("failed", "c3");
  expect([testedAnswer("c2"), testedAnswer("c3")]).toEqual([undefined, undefined]);
});
