// @vitest-environment jsdom
import { renderHook, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { useLoaded } from "./loading";

const answers: Record<string, () => Promise<string>> = {
  jane: async () => "Jane",
  joe: () => new Promise(() => {}),
  nobody: async () => {
    throw new Error("not there");
  },
};
const show = () =>
  renderHook(({ key }) => useLoaded(key, () => (answers[key ?? ""] as () => Promise<string>)()), {
    initialProps: { key: "jane" as string | null },
  });

test("an answer is of its question alone: of another there is none until it comes", async () => {
  const { result, rerender } = show();
  await waitFor(() => expect(result.current.data).toBe("Jane"), { timeout: 30_000 });
  rerender({ key: "joe" });
  expect(result.current).toMatchObject({ data: undefined, previous: "Jane", isLoading: true });
  rerender({ key: null });
  expect(result.current).toMatchObject({ data: undefined, isLoading: false });
});

test("a question that fails has no answer of the one before", async () => {
  const { result, rerender } = show();
  await waitFor(() => expect(result.current.data).toBe("Jane"), { timeout: 30_000 });
  rerender({ key: "nobody" });
  await waitFor(() => expect(result.current.error?.message).toBe("not there"), { timeout: 30_000 });
  expect(result.current.data).toBeUndefined();
});
