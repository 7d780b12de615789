// @vitest-environment jsdom
import { render, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { EntryDetail } from "./EntryDetail";

test("says who did it, what was there before, and what is there now", () => {
  render(
    <EntryDetail
      entry={{
        id: "e",
        at: "2026-03-10T12:00:00Z",
        actor: { kind: "service", id: "ann", key_id: "k-1" },
        address: null,
        request_id: "r-1",
        trace_id: null,
        action: "changed",
        thing: { kind: "connector", id: "c-1", name: "Clearbit" },
        changes: [
          { pointer: "/config/retries", before: 3, after: 5 },
          { pointer: "/config/auth/token", secret: "changed" },
        ],
        details: {},
      }}
    />,
  );
  const [retries, token] = screen.getAllByRole("listitem");
  expect(within(retries as HTMLElement).getByText("3")).toBeVisible();
  expect(within(retries as HTMLElement).getByText("5")).toBeVisible();
  expect(token).toHaveTextContent("A secret was changed. Its value is kept nowhere.");
  expect(screen.getByRole("button", { name: "Copy Request id" })).toBeVisible();
});
