// @vitest-environment jsdom
import { act, renderHook } from "@testing-library/react";
import { useForm } from "react-hook-form";
import { expect, test } from "vitest";
import type { KindsView } from "@/api/schema";
import { useUnsaved } from "./unsaved";
import { NEW, type Values } from "./values";

const kinds = { auth: [] } as unknown as KindsView;

function useBoth(restored: Values | null) {
  const form = useForm<Values>({ defaultValues: NEW });
  useUnsaved({ id: null, form, etag: null, draft: null, earlier: null, kinds, restored });
  return form;
}

test("what an earlier visit kept is brought back once, when the wizard opens", () => {
  const { result, rerender } = renderHook(useBoth, { initialProps: { ...NEW, name: "Kept" } });
  expect(result.current.getValues("name")).toBe("Kept");
  act(() => result.current.setValue("name", "Typed"));
  rerender({ ...NEW, name: "Kept" });
  expect(result.current.getValues("name")).toBe("Typed");
});

test("what this visit has kept meanwhile never replaces what is typed since", () => {
  const { result, rerender } = renderHook(useBoth, { initialProps: null as Values | null });
  act(() => result.current.setValue("url", "https://newer.example"));
  rerender({ ...NEW, url: "ftp://older.example" });
  expect(result.current.getValues("url")).toBe("https://newer.example");
});
