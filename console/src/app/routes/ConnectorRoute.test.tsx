// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { SESSION, served, shown } from "@/testing/shown";
import ConnectorRoute from "./ConnectorRoute";

const ENTRY = {
  id: "e-1",
  at: "2026-03-10T12:00:00Z",
  actor: { kind: "person", id: "ann", key_id: null },
  address: null,
  request_id: null,
  trace_id: null,
  action: "changed",
  thing: { kind: "connector", id: "c1", name: "Lookup" },
  changes: [{ pointer: "/config/retries", before: 3, after: 5 }],
  details: {},
};
const LOOKUP = { id: "c1", name: "Lookup", category: "custom", enabled: true, description: "" };

function page(address: string) {
  served({
    "GET /api/session": () => ({ ...SESSION, scopes: [...SESSION.scopes, "workspace:admin"] }),
    "GET /api/connectors/": () => LOOKUP,
    "GET /api/audit": () => ({ entries: [ENTRY], next_cursor: null }),
  });
  return shown(<ConnectorRoute />, address);
}

test("an opened entry of the audit is in the address, and closing it leaves the tab", async () => {
  const user = userEvent.setup();
  const { history } = page("/?tab=audit");
  const trail = await screen.findByRole("table", { name: "What was done" });
  await user.click(within(trail).getByRole("button", { name: /Lookup/ }));
  await waitFor(() => expect(history.location.search).toBe("?tab=audit&entry=e-1"));
  const drawer = await screen.findByRole("dialog");
  await user.click(within(drawer).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(history.location.search).toBe("?tab=audit"));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("an address with an entry opens it", async () => {
  page("/?tab=audit&entry=e-1");
  expect(await screen.findByRole("dialog", { name: /Lookup/ })).toHaveTextContent("retries");
});
