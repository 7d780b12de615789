// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { ConnectorLine } from "@/api/schema";
import { SESSION, served, shown } from "@/testing/shown";
import { RowActions } from "./RowActions";

const LINE = { id: "c1", name: "Lookup", enabled: true, usage_count: 0 } as ConnectorLine;
const FLOW = {
  id: "f1",
  name: "Enrich",
  enabled: true,
  definition: { steps: [{ id: "a", action: "connector", connectorId: "c1" }] },
};

interface Given {
  flows: () => unknown;
  has_flows?: boolean;
}

function row({ flows, has_flows = true }: Given) {
  const asked = served({
    "GET /api/session": () => ({ ...SESSION, has_flows }),
    "GET /api/flows": flows,
    "DELETE /api/connectors/c1": () => ({}),
    "POST /api/connectors/c1/disable": () => ({}),
  });
  shown(<RowActions line={LINE} />);
  const did = () =>
    asked.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
  return { user: userEvent.setup(), asked, did };
}

const remove = async (user: ReturnType<typeof userEvent.setup>) => {
  await user.click(await screen.findByRole("button", { name: "More for Lookup" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete" }));
};

test("one that a saved flow calls is deleted only when that is wanted, although it never ran", async () => {
  const { user, asked, did } = row({ flows: () => ({ flows: [FLOW], next_cursor: null }) });
  await screen.findByRole("button", { name: "More for Lookup" });
  expect(
    asked.some(({ path }) => path.startsWith("/api/flows")),
    "asked before anybody wants it",
  ).toBe(false);
  await remove(user);
  const asks = await screen.findByRole("alertdialog", { name: "Delete Lookup?" });
  expect(asks).toHaveTextContent(/1 flow calls it.*Enrich.*Steps that call it fail from now on/);
  expect(within(asks).getByRole("link", { name: "Enrich" })).toHaveAttribute("href", "/tools/flows/f1");
  expect(did()).toEqual([]);
  await user.click(within(asks).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(did()).toEqual(["DELETE /api/connectors/c1"]));
});

test("one that a saved flow calls is switched off only when that is wanted", async () => {
  const { user, did } = row({ flows: () => ({ flows: [FLOW], next_cursor: null }) });
  const active = await screen.findByRole("switch", { name: "Lookup is active" });
  await user.click(active);
  const asks = await screen.findByRole("alertdialog", { name: "Switch off Lookup?" });
  await user.click(within(asks).getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(active).toBeChecked());
  expect(did()).toEqual([]);
  await user.click(active);
  await user.click(
    within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Switch off" }),
  );
  await waitFor(() => expect(did()).toEqual(["POST /api/connectors/c1/disable"]));
});

test.each<[string, Given]>([
  ["an engine none of whose flows calls it", { flows: () => ({ flows: [], next_cursor: null }) }],
  ["no engine", { flows: () => undefined, has_flows: false }],
])("without a question where there is %s", async (_where, given) => {
  const { user, did } = row(given);
  await remove(user);
  await waitFor(() => expect(did()).toEqual(["DELETE /api/connectors/c1"]));
  expect(screen.queryByRole("alertdialog")).toBeNull();
});

test("an engine that does not answer is no reason to delete unasked", async () => {
  const { user, did } = row({ flows: () => Response.json({ title: "Away" }, { status: 503 }) });
  await remove(user);
  expect(await screen.findByRole("alertdialog")).toHaveTextContent("Which flows use it is not known.");
  expect(did()).toEqual([]);
});
