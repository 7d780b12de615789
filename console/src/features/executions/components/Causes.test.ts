import { expect, test } from "vitest";
import type { FailureCause } from "@/api/schema";
import { searchFor } from "./Causes";

const CAUSE: FailureCause = {
  connector_id: "c",
  error_type: "http_error",
  http_status: 503,
  error_message: "The API answered with an error.",
  count: 3,
  first_at: "2026-03-10T11:00:00Z",
  last_at: "2026-03-10T12:00:00Z",
  example_id: "e",
};

test("all of a cause are those that say the same, with the same answer of the API", () => {
  expect(searchFor({ within: "24h" }, CAUSE)).toEqual({
    within: "24h",
    error: "http_error",
    http: "503",
    text: CAUSE.error_message,
  });
  expect(searchFor({}, { ...CAUSE, http_status: null, error_message: null })).toEqual({
    error: "http_error",
  });
});
