// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { served, shown } from "@/testing/shown";
import { aLine } from "../builders";
import { ExecutionList } from "./ExecutionList";

const CONNECTOR = "33333333-3333-4333-8333-333333333333";

function aFeed() {
  let controller: ReadableStreamDefaultController | undefined;
  const body = new ReadableStream({
    start(given) {
      controller = given;
    },
  });
  const tell = (text: string) => controller?.enqueue(new TextEncoder().encode(text));
  return { answer: () => new Response(body), tell };
}

const rows = () => within(screen.getByRole("table", { name: "Executions" })).getAllByRole("row").length - 1;

test("new ones are announced, and move nothing until they are wanted", async () => {
  const feed = aFeed();
  served({
    "GET /api/connectors": () => ({
      connectors: [{ id: CONNECTOR, name: "Lookup", icon: null }],
      next_cursor: null,
    }),
    "GET /api/executions": () => ({ executions: [aLine({ id: "old" })], next_cursor: null }),
    "GET /api/executions/feed": feed.answer,
  });
  shown(<ExecutionList search={{}} onSearch={() => undefined} />);
  expect((await screen.findAllByText("Lookup")).length).toBeGreaterThan(0);
  await screen.findByText("Live");
  const failed = aLine({
    id: "new",
    status: "error",
    error_type: "http_error",
    error_message: "The API answered 503.",
  });
  feed.tell(`id: 1\ndata: ${JSON.stringify(failed)}\n\n`);
  const button = await screen.findByRole("button", { name: "1 new" });
  expect(rows()).toBe(1);
  await userEvent.setup().click(button);
  await waitFor(() => expect(rows()).toBe(2));
  const [, first] = screen.getAllByRole("row");
  expect(first).toHaveTextContent("The API answered 503.");
  expect(screen.queryByRole("button", { name: /new/ })).not.toBeInTheDocument();
});

test("what is filtered is asked for, and can be cleared", async () => {
  const seen = served({
    "GET /api/connectors": () => ({ connectors: [], next_cursor: null }),
    "GET /api/executions": () => ({ executions: [], next_cursor: null }),
    "GET /api/executions/feed": () => new Response("", { status: 403 }),
  });
  const search = vi.fn();
  shown(
    <ExecutionList
      search={{ connector: CONNECTOR, status: "error", flow: "f-1", text: "503" }}
      onSearch={search}
      isOfConnector
    />,
  );
  await screen.findByText("No execution matches");
  await screen.findByText("Not live");
  const [asked] = seen.filter(({ path }) => path.startsWith("/api/executions?"));
  expect(asked?.path).toContain(`connector_id=${CONNECTOR}&status=error&flow_id=f-1&text=503`);
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "Any flow" }));
  expect(search).toHaveBeenLastCalledWith({ connector: CONNECTOR, status: "error", text: "503" });
  await user.click(screen.getAllByRole("button", { name: "Clear filters" })[0] as HTMLElement);
  expect(search).toHaveBeenLastCalledWith({ connector: CONNECTOR });
});

test("a refusal is told with its trace, and can be asked for again", async () => {
  let isAway = true;
  served({
    "GET /api/connectors": () => ({ connectors: [], next_cursor: null }),
    "GET /api/executions": () =>
      isAway
        ? Response.json(
            { title: "No", detail: "Not now." },
            { status: 403, headers: { traceresponse: "00-abc-1-1" } },
          )
        : { executions: [aLine()], next_cursor: null },
    "GET /api/executions/feed": () => new Response("", { status: 403 }),
  });
  shown(<ExecutionList search={{}} onSearch={() => undefined} />);
  await screen.findByText("Not now.");
  expect(screen.getByText("abc")).toBeInTheDocument();
  isAway = false;
  await userEvent.setup().click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(rows()).toBe(1));
});
