// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { SESSION, served, shown } from "@/testing/shown";
import { LettersPanel } from "./LettersPanel";
import { ParkedPanel } from "./ParkedPanel";

const ENDED = "2026-03-10T12:05:00Z";
const parked = (id: string) => ({
  execution_id: id,
  connector_id: "c",
  flow_id: "f-1",
  lane: "normal",
  reason: "rate_limited",
  detail: "its connector is at its limit",
  attempt: 1,
  parked_at: "2026-03-10T12:00:00Z",
  until: null,
  ends_at: null,
  under_way: false,
});

test("cancelling all says first how many and what happens, then does it part by part", async () => {
  const answers = [
    { cancelled: 1, executions: [], next_cursor: "a" },
    { cancelled: 1, executions: [], next_cursor: null },
  ];
  const seen = served({
    "GET /api/session": () => SESSION,
    "GET /api/parked": () => ({ executions: [parked("one"), parked("two")], next_cursor: null }),
    "POST /api/parked/cancel": () => answers.shift(),
  });
  shown(<ParkedPanel connectorId="c" count={2} />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Cancel all…" }));
  expect(screen.getByRole("alertdialog", { name: "Cancel 2 executions?" })).toHaveTextContent(
    "end as skipped, without a call",
  );
  await user.click(screen.getByRole("button", { name: "Cancel 2 executions" }));
  const sent = () => seen.filter(({ method }) => method === "POST").map(({ body }) => body);
  await waitFor(() => expect(sent()).toEqual([{ connector_id: "c" }, { connector_id: "c", cursor: "a" }]));
});

test("an executor that does not answer is told, with what was done before", async () => {
  const answers = [
    { cancelled: 1, executions: [], next_cursor: "a" },
    Response.json({ title: "The executor does not answer", detail: "Send it again." }, { status: 503 }),
  ];
  served({
    "GET /api/session": () => SESSION,
    "GET /api/parked": () => ({ executions: [parked("one")], next_cursor: "more" }),
    "POST /api/parked/cancel": () => answers.shift(),
  });
  shown(<ParkedPanel connectorId="c" count={null} />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Cancel all…" }));
  await user.click(screen.getByRole("button", { name: "Cancel all" }));
  await screen.findByText("The executor does not answer");
  expect(screen.getByText(/Cancelled before that: 1 execution/)).toBeInTheDocument();
});

test("who may not execute sees what waits, and no button", async () => {
  served({
    "GET /api/session": () => ({ ...SESSION, scopes: ["executions:read"] }),
    "GET /api/parked": () => ({ executions: [parked("one")], next_cursor: null }),
  });
  shown(<ParkedPanel connectorId="c" count={1} />);
  await screen.findByText("its connector is at its limit");
  expect(screen.queryByRole("button", { name: /Cancel/ })).not.toBeInTheDocument();
});

const letter = (
  id: string,
  ended: string | null,
  reason = "backlog_full",
  detail = "it waited for too long",
) => ({
  id,
  at: "2026-03-10T12:00:00Z",
  reason,
  detail,
  attempts: 1,
  execution_id: `e-${id}`,
  connector_id: "c",
  size_bytes: 100,
  status: ended && "success",
  executed_at: ended,
  applied_at: null as string | null,
});

test("dead letters that have ended since are not sent again", async () => {
  const seen = served({
    "GET /api/session": () => SESSION,
    "GET /api/dead-letters": ({ path }) => ({
      dead_letters: path.includes("kind=execution") ? [letter("0:1", null), letter("0:2", ENDED)] : [],
      next_cursor: null,
    }),
    "POST /api/dead-letters/replay": () => ({
      dead_letters: [{ id: "0:1", execution_id: "e-0:1", outcome: "replayed" }],
    }),
  });
  shown(<LettersPanel connectorId="c" />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Replay all shown…" }));
  await user.click(screen.getByRole("button", { name: "Replay 1 execution" }));
  await waitFor(() =>
    expect(seen.find(({ method }) => method === "POST")?.body).toEqual({ kind: "execution", ids: ["0:1"] }),
  );
  expect(screen.getByText("Ended: success")).toBeInTheDocument();
});

test("a result that its mapping has set aside says why, and is sent again though its call has ended", async () => {
  const refused = letter("0:1", ENDED, "mapping_refused", "income: the text is not a number");
  const seen = served({
    "GET /api/session": () => SESSION,
    "GET /api/dead-letters": ({ path }) => ({
      dead_letters: path.includes("kind=result")
        ? [refused, { ...refused, id: "0:0", applied_at: ENDED }]
        : [],
      next_cursor: null,
    }),
    "POST /api/dead-letters/replay": () => ({
      dead_letters: [{ id: "0:1", execution_id: "e-0:1", outcome: "replayed" }],
    }),
  });
  shown(<LettersPanel connectorId="c" />);
  const user = userEvent.setup();
  const results = within(await screen.findByRole("region", { name: "Results that were set aside" }));
  await results.findAllByText("income: the text is not a number");
  expect(results.getAllByText("A value could not be written")).toHaveLength(2);
  expect(results.getByText("Applied since")).toBeInTheDocument();
  await user.click(await results.findByRole("button", { name: /e-0:1/ }));
  expect(screen.getByRole("alertdialog", { name: "Replay 1 result?" })).toHaveTextContent(
    "The connector is not called.",
  );
  await user.click(screen.getByRole("button", { name: "Replay 1 result" }));
  const sent = () => seen.find(({ method }) => method === "POST")?.body;
  await waitFor(() => expect(sent()).toEqual({ kind: "result", ids: ["0:1"] }));
});
