import { expect, test } from "vitest";
import type { Tried } from "@/api/schema";
import { isUsable, phasesOf, sourcePhrase, statusHint } from "./model";

test("phases that did not happen are left out, short ones can be seen", () => {
  const phases = phasesOf({
    queue: 0,
    slotWait: 0,
    dns: 0.1,
    firstByte: 900,
    download: 100,
    total: 1000.1,
  });
  expect(phases.map((phase) => phase.word)).toEqual(["DNS", "First byte", "Download"]);
  expect(phases[0]?.share).toBe(0.006);
  expect(phases[1]?.share).toBeCloseTo(0.9, 2);
});

test("a part says what it is made of", () => {
  expect(sourcePhrase(["static", "input"], ["phone"])).toBe("static + input phone");
  expect(sourcePhrase(["credential"])).toBe("credential");
});

test("a status is put into words", () => {
  expect(statusHint(200)).toBeUndefined();
  expect(statusHint(401)).toContain("authentication");
  expect(statusHint(503)).toContain("fault of its own");
  expect(statusHint(null)).toBeUndefined();
});

test.each([
  [null, true],
  ["transform_failed", true],
  ["result_too_large", true],
  ["http_error", false],
  ["invalid_response", false],
])("an answer is one to work with unless the API refused the call: %s", (type, usable) => {
  const error = type && { type, message: "" };
  expect(isUsable({ success: type === null, error } as Tried)).toBe(usable);
});
