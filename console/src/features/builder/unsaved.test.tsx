// @vitest-environment jsdom
import { act, renderHook } from "@testing-library/react";
import { useForm } from "react-hook-form";
import { expect, test } from "vitest";
import type { KindsView } from "@/api/schema";
import type { Known } from "./draft-keeper";
import { keep, kept, placeOf } from "./keeping";
import { useUnsaved } from "./unsaved";
import { NEW, type Values } from "./values";

const kinds = { auth: [] } as unknown as KindsView;

function useBoth(restored: Values | null) {
  const form = useForm<Values>({ defaultValues: NEW });
  useUnsaved({ id: null, began: "", form, etag: null, draft: null, earlier: null, kinds, restored });
  return form;
}

function useOwn(draft: Known | null) {
  const form = useForm<Values>({ defaultValues: NEW });
  // Read where it is drawn: it is followed only then.
  void form.formState.isDirty;
  useUnsaved({ id: null, began: "", form, etag: null, draft, earlier: null, kinds, restored: null });
  return form;
}

test("what an earlier visit kept is brought back once, when the wizard opens", () => {
  const { result, rerender } = renderHook(useBoth, { initialProps: { ...NEW, name: "Kept" } });
  expect(result.current.getValues("name")).toBe("Kept");
  act(() => result.current.setValue("name", "Typed"));
  rerender({ ...NEW, name: "Kept" });
  expect(result.current.getValues("name")).toBe("Typed");
});

test("what has become a draft is kept as that draft, and what another one has stays", () => {
  const other = placeOf(null, { id: "d2", revision: 1 });
  const unsent = { values: { ...NEW, name: "Another" }, etag: null, draft: null, earlier: null };
  keep(other, unsent, new Set());
  const { result, rerender } = renderHook(({ draft }) => useOwn(draft), {
    initialProps: { draft: null as Known | null },
  });
  const type = (name: string) => {
    act(() => result.current.setValue("name", name, { shouldDirty: true }));
    act(() => void window.dispatchEvent(new Event("pagehide")));
  };
  type("Before it is one");
  expect(kept(placeOf(null, null))?.values.name).toBe("Before it is one");
  rerender({ draft: { id: "d1", revision: 1 } });
  type("As a draft");
  expect(kept(placeOf(null, null))).toBeNull();
  expect(kept(placeOf(null, { id: "d1", revision: 1 }))?.values.name).toBe("As a draft");
  expect(kept(other)?.values.name).toBe("Another");
});

test("what this visit has kept meanwhile never replaces what is typed since", () => {
  const { result, rerender } = renderHook(useBoth, { initialProps: null as Values | null });
  act(() => result.current.setValue("url", "https://newer.example"));
  rerender({ ...NEW, url: "ftp://older.example" });
  expect(result.current.getValues("url")).toBe("https://newer.example");
});
