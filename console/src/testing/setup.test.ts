// @vitest-environment jsdom
import { expect, test } from "vitest";

test.each(["first", "next"])("a test begins with an empty page, whatever was left there: the %s", () => {
  expect(document.body.childElementCount).toBe(0);
  document.body.append(document.createElement("input"));
});
