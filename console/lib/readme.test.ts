import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const text = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

test("the page to copy is the one that is built and driven in a browser", () => {
  const [, page] = text("README.md").match(/```tsx\n(.*?)```/s) ?? [];
  expect(page).toBe(text("../examples/host/AddAction.tsx"));
});
