// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { keepViews, MOST_VIEWS, readViews, type SavedView, shownView, viewsFrom, withView } from "./views";

const FAILED: SavedView = { name: "Failed today", search: { status: "error", within: "24h" } };

afterEach(() => localStorage.clear());

test("what is kept is read again, by whom it is of", () => {
  expect(keepViews("w1/ann", [FAILED])).toBe(true);
  expect(readViews("w1/ann")).toEqual([FAILED]);
  expect(readViews("w2/ann")).toEqual([]);
});

test("what is no view is left out, and of a view what makes no sense", () => {
  const text = JSON.stringify([7, { name: "" }, { name: "a", search: { status: "odd", http: "503" } }]);
  expect(viewsFrom(text)).toEqual([{ name: "a", search: { http: "503" } }]);
  expect([viewsFrom("{"), viewsFrom(null)]).toEqual([[], []]);
});

test("one of the same name is replaced, and there are not more than some", () => {
  const changed = { ...FAILED, search: { status: "timeout" as const } };
  expect(withView([FAILED], changed)).toEqual([changed]);
  const many = Array.from({ length: MOST_VIEWS }, (_, at) => ({ ...FAILED, name: `${at}` }));
  expect(withView(many, FAILED)).toHaveLength(MOST_VIEWS);
});

test("the one that is shown is known, in whatever order its filters stand", () => {
  expect(shownView([FAILED], { within: "24h", status: "error" })).toBe(FAILED);
  expect(shownView([FAILED], { status: "error" })).toBeUndefined();
});
