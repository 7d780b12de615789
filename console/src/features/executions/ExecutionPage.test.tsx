// @vitest-environment jsdom
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { SESSION, served, shown } from "@/testing/shown";
import { aView } from "./builders";
import ExecutionPage from "./ExecutionPage";

const CONNECTOR = "33333333-3333-4333-8333-333333333333";
const called = () => ({ id: CONNECTOR, name: "Lookup", icon: null });
const at = (seconds: number) => new Date(Date.parse("2026-03-10T12:00:00Z") + seconds * 1000).toISOString();

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
});

const VIEW = aView({
  contact_id: "c-1",
  input_data: { phone: "626" },
  requested_at: at(0),
  started_at: at(600),
  executed_at: at(600.2),
  attempts: [{ started: at(600), duration: 150, status: 200, outcome: "success" }],
  parked: [{ since: at(1), until: at(599), reason: "rate_limited" }],
  mappings: [
    {
      updated_at: at(601),
      contact_id: "c-1",
      created: false,
      user_fields: null,
      custom_fields: null,
      reason: null,
      cut: [],
      mappings: [
        {
          sourcePath: "id",
          targetField: "customer_id",
          targetType: "custom_field",
          outcome: "written",
          before: "7",
          after: "9007199254740993",
        },
        {
          sourcePath: "mail",
          targetField: "email",
          targetType: "user_field",
          outcome: "refused",
          reason: "value",
          detail: "It is no e-mail address.",
        },
      ],
    },
  ],
});

test("one is understood from its page: where its time went, why, and what became of the contact", async () => {
  // As the server writes it: a number that no double holds.
  const body = JSON.stringify({ ...VIEW, output_data: "NUMBER" }).replace(
    '"NUMBER"',
    '{"id":9007199254740993}',
  );
  served({
    "GET /api/session": () => SESSION,
    [`GET /api/connectors/${CONNECTOR}`]: called,
    "GET /api/executions/": () => new Response(body),
  });
  shown(<ExecutionPage />);
  expect(await screen.findByText("Parked: the connector was at its limit")).toBeInTheDocument();
  expect(screen.getByText("Parked for 9 min 58 s")).toBeInTheDocument();
  expect(screen.getByText("It succeeded.")).toBeInTheDocument();
  const rows = within(screen.getByRole("table", { name: "Mappings" })).getAllByRole("row");
  expect(rows[1]).toHaveTextContent("customer_ididWritten7→became9007199254740993");
  expect(rows[2]).toHaveTextContent("It is no e-mail address.");
  const user = userEvent.setup();
  await user.click(screen.getByRole("switch", { name: "To scale" }));
  expect(screen.getByRole("switch", { name: "To scale" })).toBeChecked();
  await user.click(screen.getByRole("tab", { name: "Output" }));
  expect(await screen.findByText("9007199254740993")).toBeInTheDocument();
  expect(await screen.findByRole("link", { name: "Test with these inputs" })).toHaveAttribute(
    "href",
    `/tools/connectors/${CONNECTOR}/edit?step=response&execution=e-1`,
  );
});

test("one without an outcome is waited for, and says so", async () => {
  served({ "GET /api/session": () => SESSION, [`GET /api/connectors/${CONNECTOR}`]: called });
  shown(<ExecutionPage />);
  expect(await screen.findByText("It has no outcome yet")).toBeInTheDocument();
});

test("what failed is run again for its contact, where the flow has a page and somebody may", async () => {
  const flow_id = "44444444-4444-4444-8444-444444444444";
  const answers = (scopes: string[]) => ({
    "GET /api/session": () => ({ ...SESSION, has_flows: true, scopes }),
    [`GET /api/connectors/${CONNECTOR}`]: called,
    "GET /api/executions/": () => ({ ...VIEW, flow_id }),
  });
  served(answers(SESSION.scopes));
  const { unmount } = shown(<ExecutionPage />);
  expect(await screen.findByRole("link", { name: "Run the flow again" })).toHaveAttribute(
    "href",
    `/tools/flows/${flow_id}?panel=run&contact=c-1`,
  );
  unmount();
  served(answers(["executions:read"]));
  shown(<ExecutionPage />);
  await screen.findByText("It succeeded.");
  expect(screen.queryByRole("link", { name: "Run the flow again" })).toBeNull();
});

const LINE = {
  execution_id: "e-1",
  connector_id: CONNECTOR,
  flow_id: null,
  lane: "normal",
  reason: "rate_limited",
  detail: "its connector is at its limit",
  attempt: 1,
  parked_at: at(1),
  until: new Date(2026, 2, 10, 14, 5).toISOString(),
  ends_at: null,
  under_way: false,
};
const waits = (session: object) => {
  let line: object | null = LINE;
  const asked = served({
    "GET /api/session": () => session,
    "GET /api/executions/": () =>
      line ? Response.json({ title: "No such execution" }, { status: 404 }) : VIEW,
    "GET /api/parked": () => ({ executions: line ? [line] : [], next_cursor: null }),
    [`GET /api/connectors/${CONNECTOR}`]: called,
    [`GET /api/connectors/${CONNECTOR}/health`]: () => ({
      name: "Lookup",
      state: "running",
      sentence: "Works.",
    }),
    "POST /api/parked/cancel": () => {
      line = null;
      return { cancelled: 1, next_cursor: null, executions: [{ execution_id: "e-1", state: "cancelled" }] };
    },
  });
  shown(<ExecutionPage />);
  return asked;
};

test("one that waits says why and until when, and can be called off; then its outcome is looked for", async () => {
  waits({ ...SESSION, scopes: [...SESSION.scopes, "connectors:execute"] });
  expect(await screen.findByText(/^Parked until .*14:05: its connector is at its limit$/)).toBeVisible();
  expect(screen.getByText(/^Waits until/)).toBeVisible();
  expect(await screen.findByRole("link", { name: "What waits for Lookup" })).toHaveAttribute(
    "href",
    `/tools/connectors/${CONNECTOR}?tab=waiting`,
  );
  await userEvent.click(screen.getByRole("button", { name: "Cancel it" }));
  expect(await screen.findByText("Success")).toBeVisible();
});

test("who may not call sees why it waits, and no button", async () => {
  waits({ ...SESSION, scopes: ["executions:read", "connectors:read"] });
  await screen.findByText(/^Parked until/);
  expect(screen.queryByRole("button", { name: "Cancel it" })).toBeNull();
});
