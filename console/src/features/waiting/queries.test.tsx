// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { ApiError } from "@/api/client";
import type { ParkedLine } from "@/api/schema";
import { served, shown } from "@/testing/shown";
import { lookAgainMs, useWaiting } from "./queries";

const PARKED = {
  execution_id: "e1",
  connector_id: "called",
  attempt: 1,
  reason: "rate_limited",
  detail: "its connector is at its limit",
  parked_at: "2026-01-01T00:00:00Z",
} as unknown as ParkedLine;

function Waiting() {
  const { connectorId, health } = useWaiting({ executionId: "e1", connectorId: "edited", since: null });
  return <p>{`${connectorId}, ${health ? "with its health" : "not known"}`}</p>;
}

test("what holds a call back is the connector that it calls, whatever its step calls by now", async () => {
  served({
    "GET /api/parked": () => ({ executions: [PARKED], next_cursor: null }),
    "GET /api/connectors/called/health": () => ({ state: "limited", sentence: "", until: null }),
  });
  shown(<Waiting />);
  expect(await screen.findByText("called, with its health")).toBeInTheDocument();
});

test("what is not parked is looked for less often after a minute, and never where that is refused", () => {
  const refused = new ApiError(422, "Not valid", "no such id");
  expect(lookAgainMs(null, 1, null)).toBe(5_000);
  expect(lookAgainMs(null, 100, null)).toBe(30_000);
  expect(lookAgainMs(PARKED, 100, null)).toBe(5_000);
  expect(lookAgainMs(undefined, 0, refused)).toBe(false);
  expect(lookAgainMs(undefined, 0, new ApiError(429, "Too many", ""))).toBe(30_000);
  expect(lookAgainMs(PARKED, 3, new ApiError(503, "Away", ""))).toBe(30_000);
});
