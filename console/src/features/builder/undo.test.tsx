// @vitest-environment jsdom
import { act, renderHook } from "@testing-library/react";
import { useForm } from "react-hook-form";
import { expect, test, vi } from "vitest";
import { emptyQuery } from "./rows";
import { useUndo } from "./undo";
import { NEW, type Values } from "./values";

const FULL = "https://api.example.com/v1?phone=1";

function useBoth() {
  const form = useForm<Values>({ defaultValues: { ...NEW, url: FULL } });
  return { form, undo: useUndo(form, () => undefined) };
}

test("a URL whose parameters became rows is one step", () => {
  vi.useFakeTimers();
  const { result } = renderHook(useBoth);
  act(() => {
    result.current.form.setValue("url", "https://api.example.com/v1");
    result.current.form.setValue("query", [{ ...emptyQuery(), key: "phone" }]);
    vi.runAllTimers();
  });
  act(() => result.current.undo.undo());
  expect(result.current.form.getValues()).toMatchObject({ url: FULL, query: [] });
  expect(result.current.undo.canUndo).toBe(false);
  vi.useRealTimers();
});

test("what was imported is one step", () => {
  const { result } = renderHook(useBoth);
  act(() => {
    const { form, undo } = result.current;
    form.reset(
      { ...form.getValues(), url: "https://other.example", method: "POST" },
      { keepDefaultValues: true },
    );
    undo.record("url");
  });
  act(() => result.current.undo.undo());
  expect(result.current.form.getValues()).toMatchObject({ url: FULL, method: "GET" });
});

test("all that one press changes is one step", () => {
  vi.useFakeTimers();
  const { result } = renderHook(useBoth);
  act(() => {
    const { form } = result.current;
    form.setValue("method", "POST");
    form.setValue("timeout", 7);
    form.setValue("method", "PUT");
  });
  act(() => {
    vi.runAllTimers();
  });
  act(() => result.current.undo.undo());
  expect(result.current.form.getValues()).toMatchObject({ method: "GET", timeout: NEW.timeout });
  expect(result.current.undo.canUndo).toBe(false);
  vi.useRealTimers();
});
