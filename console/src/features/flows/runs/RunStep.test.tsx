// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { StepView } from "@/api/flows";
import { SESSION, served, shown } from "@/testing/shown";
import { type Editing, EditingContext } from "../components/context";
import type { Step } from "../steps";
import { RunStep } from "./RunStep";

const DEFINITION = { action: "connector", id: "a", connectorId: "c1", inputs: {} } as Step;
const STEP: StepView = {
  step_id: "a",
  action: "connector",
  state: "running",
  started_at: "2026-03-10T12:00:00Z",
  ended_at: null,
  until: null,
  execution_id: "e1",
  execution: null,
  output: null,
  result_at: null,
  update: null,
  update_at: null,
  error: null,
};
const LINE = {
  execution_id: "e1",
  connector_id: "c1",
  flow_id: "f1",
  lane: "normal",
  reason: "asked_to_wait",
  detail: "the API is unavailable: it asked to be left alone",
  attempt: 1,
  parked_at: "2026-03-10T12:00:00Z",
  until: new Date(2026, 2, 10, 14, 5).toISOString(),
  ends_at: null,
  under_way: false,
};
const SENTENCE = "Lookup: its API asked to be left alone, until 14:05.";

function step({ pages, definition = DEFINITION }: { pages: unknown[]; definition?: Step | undefined }) {
  const asked = served({
    "GET /api/session": () => SESSION,
    "GET /api/parked": () => pages.shift() ?? { executions: [], next_cursor: null },
    "GET /api/connectors/c1/health": () => ({ name: "Lookup", state: "limited", sentence: SENTENCE }),
  });
  const editing = { names: new Map([["c1", { name: "Lookup", icon: null }]]) } as unknown as Editing;
  shown(
    <EditingContext value={editing}>
      <RunStep step={STEP} definition={definition} contactId={null} isRunOver={false} />
    </EditingContext>,
  );
  return asked;
}

test("a call that is parked says why and until when, and leads to its execution and to what waits", async () => {
  const asked = step({ pages: [{ executions: [LINE], next_cursor: null }] });
  const why = await screen.findByRole("link", {
    name: /^Parked until .*14:05: the API is unavailable: it asked to be left alone$/,
  });
  expect(why).toHaveAttribute("href", "/tools/executions/e1");
  expect(await screen.findByText(SENTENCE)).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "What waits for Lookup" })).toHaveAttribute(
    "href",
    "/tools/connectors/c1?tab=waiting",
  );
  const looks = asked.map(({ path }) => path).filter((path) => path.startsWith("/api/parked"));
  expect(new Set(looks)).toEqual(new Set(["/api/parked?execution_id=e1"]));
});

test("the connector of a step that is gone is known by what is parked", async () => {
  const gone = { ...DEFINITION, action: "wait" } as Step;
  step({ pages: [{ executions: [LINE], next_cursor: null }], definition: gone });
  expect(await screen.findByRole("link", { name: "What waits for Lookup" })).toBeInTheDocument();
});
