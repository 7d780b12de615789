import { expect, test } from "vitest";
import { forgetTested, noteSaved, noteTested, testedAnswer } from "./tested";

test("what a connector answered in its test is known once it is saved as it was tested", () => {
  noteTested("as tested", { city: "Rome" });
  noteSaved("as tested", "c1");
  expect(testedAnswer("c1")?.output).toEqual({ city: "Rome" });
  expect(testedAnswer("c0")).toBeNull();
  noteSaved("changed since", "c1");
  expect(testedAnswer("c1")).toBeNull();
});

test("what was changed after the test, or failed, is not", () => {
  noteTested("as tested", { city: "Rome" });
  noteSaved("changed since", "c2");
  noteTested("failed", undefined);
  noteSaved("failed", "c3");
  expect([testedAnswer("c2"), testedAnswer("c3")]).toEqual([null, null]);
});

test("nor what somebody else tested", () => {
  noteTested("as tested", { city: "Rome" });
  noteSaved("as tested", "c4");
  forgetTested();
  expect(testedAnswer("c4")).toBeNull();
});
