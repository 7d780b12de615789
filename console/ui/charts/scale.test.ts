import { expect, test } from "vitest";
import { path, shownLabels, ticks, within } from "./scale";

test.each([
  [0, [0, 1]],
  [3, [0, 1, 2, 3]],
  [7, [0, 2, 4, 6, 8]],
  [100, [0, 25, 50, 75, 100]],
  [0.05, [0, 0.02, 0.04, 0.06]],
  [1234, [0, 500, 1000, 1500]],
])("up to %d there are round steps", (highest, steps) => {
  expect(ticks(highest)).toEqual(steps);
});

test("what is counted has no halves", () => {
  expect(ticks(1, true)).toEqual([0, 1]);
  expect(ticks(2, true)).toEqual([0, 1, 2]);
  expect(ticks(7, true)).toEqual([0, 2, 4, 6, 8]);
  expect(ticks(10, true)).toEqual([0, 5, 10]);
});

test("labels that would overlap are left out, the last one never", () => {
  expect([...shownLabels(4, 10, 100)]).toEqual([3, 2, 1, 0]);
  expect([...shownLabels(30, 50, 300)]).toEqual([29, 24, 19, 14, 9, 4]);
  expect(shownLabels(0, 50, 300).size).toBe(0);
});

test("a line is broken where a point is missing", () => {
  expect(path([[0, 1], [10, 2], null, [30, 4]])).toBe("M0.0 1.0L10.0 2.0M30.0 4.0");
});

test("the last label ends where the picture does", () => {
  expect(within(100, 300)).toEqual({ x: 100, textAnchor: "middle" });
  expect(within(290, 300)).toEqual({ x: 300, textAnchor: "end" });
});
