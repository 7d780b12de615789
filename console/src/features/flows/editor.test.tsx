// @vitest-environment jsdom
import { parseJson } from "@json/exact";
import { act, renderHook } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { kept, NEW } from "./drafts";
import { useDraft } from "./editor";

afterEach(() => sessionStorage.clear());

test("what is typed while a new flow is being stored goes with it to its address", () => {
  const { result } = renderHook(() => useDraft("ann", null, NEW, null));
  const type = (name: string) => act(() => result.current.change((was) => ({ ...was, name }), "name"));
  type("One");
  const { draft: sent, settle } = result.current;
  type("One and more");
  act(() => settle(sent, '"1"', "f7"));
  expect([result.current.draft.name, result.current.isDirty]).toEqual(["One and more", true]);
  type("One and more still");
  expect(kept("ann.new", parseJson)).toBeNull();

  const { result: there } = renderHook(() => useDraft("ann", "f7", sent, '"1"'));
  expect(there.current.draft.name).toBe("One and more still");
  expect([there.current.isDirty, there.current.etag]).toEqual([true, '"1"']);
});

test("a new flow that is stored as it stands leaves nothing in the tab", () => {
  const { result } = renderHook(() => useDraft("ann", null, NEW, null));
  act(() => result.current.change((was) => ({ ...was, name: "One" })));
  act(() => result.current.settle(result.current.draft, '"1"', "f7"));
  expect(result.current.isDirty).toBe(false);
  expect(sessionStorage).toHaveLength(0);
});
