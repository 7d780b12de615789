// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { HealthView } from "@/api/schema";
import { SESSION, served, shown } from "@/testing/shown";
import { HealthPanel } from "./HealthPanel";

const HELD = {
  connector_id: "c1",
  name: "Lookup",
  state: "limited",
  sentence: "Lookup: its API asked to be left alone, until 2026-12-04 at 01:00:00 UTC.",
  advice: "",
  since: null,
  until: "2026-12-04T01:00:00Z",
  cause: { code: "rate_limited", detail: "its API asked to be left alone", source: "Retry-After: 31536000" },
  reasons: [],
  parked: null,
  waiting: 0,
  in_flight: 0,
  last_execution: null,
  answered_by: "executor",
} satisfies HealthView;

function panel(health: HealthView, scopes = SESSION.scopes) {
  const asked = served({
    "GET /api/session": () => ({ ...SESSION, scopes }),
    "GET /api/connectors/c1/health": () => health,
    "POST /api/connectors/c1/resume": () => ({ lifted: ["rate_limited"], parked: 3 }),
  });
  shown(<HealthPanel id="c1" onEnable={() => undefined} onShow={() => undefined} />);
  return asked;
}

const button = () => screen.queryByRole("button", { name: "Try again now" });

test("one whose API asked for quiet is tried now when its owner wants it, and how it is is read again", async () => {
  const asked = panel(HELD);
  await userEvent.click(await screen.findByRole("button", { name: "Try again now" }));
  const told = asked
    .map(({ method, path }) => `${method} ${path}`)
    .filter((each) => !each.includes("session"));
  expect(told).toEqual([
    "GET /api/connectors/c1/health",
    "POST /api/connectors/c1/resume",
    "GET /api/connectors/c1/health",
  ]);
});

test.each([
  [
    "its own limit holds it",
    { ...HELD, cause: { ...HELD.cause, source: "its own rate limit" } },
    SESSION.scopes,
  ],
  ["it runs", { ...HELD, state: "running", cause: null }, SESSION.scopes],
  ["somebody may only read", HELD, ["connectors:read"]],
] as const)("there is nothing to press where %s", async (_why, health, scopes) => {
  panel(health, [...scopes]);
  await screen.findByText(/^Lookup: its API asked to be left alone, until .*Dec/);
  expect(button()).toBeNull();
});
