// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { lazy } from "react";
import { expect, test, vi } from "vitest";
import { Part } from "./Part";

test("what cannot be loaded leaves the page around it as it is", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const Away = lazy(() => Promise.reject(new TypeError("Failed to fetch")));
  const failed = vi.fn();
  render(
    <>
      <input aria-label="Typed" defaultValue="still here" />
      <Part fallback={<p>It is away</p>} onFail={failed}>
        <Away />
      </Part>
    </>,
  );
  expect(await screen.findByText("It is away")).toBeVisible();
  expect(screen.getByLabelText("Typed")).toHaveValue("still here");
  expect(failed).toHaveBeenCalledOnce();
});
