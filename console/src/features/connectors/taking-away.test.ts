import { expect, test } from "vitest";
import { isUsed, usedWords } from "./taking-away";

const flow = (id: string) => ({ id, name: id, enabled: true });
const uses = (count: number, more = false) => ({
  flows: Array.from({ length: count }, (_none, at) => flow(`f${at}`)),
  more,
});

test.each([
  [0, uses(0), false],
  [0, uses(1), true],
  [2, uses(0), true],
  [0, uses(0, true), true],
  [0, null, true],
])(
  "whoever takes it away is asked where a flow runs with it, calls it, or might: %s, %j",
  (ran, by, asks) => {
    expect(isUsed({ usage_count: ran }, by)).toBe(asks);
  },
);

test.each([
  [0, uses(1), "1 flow calls it."],
  [0, uses(2), "2 flows call it."],
  [5, uses(2), "2 flows call it, and 5 flows have run with it."],
  [0, uses(2, true), "2 flows call it; not all flows were looked at."],
  [0, uses(0, true), "Nothing is known of its use; not all flows were looked at."],
  [1, uses(0), "1 flow has run with it."],
  [3, null, "3 flows have run with it; which ones is not known."],
  [0, null, "Which flows use it is not known."],
])("in words: %s, %j", (ran, by, words) => {
  expect(usedWords({ usage_count: ran }, by)).toBe(words);
});
