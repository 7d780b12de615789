import { expect, test } from "vitest";
import { ApiError } from "@/api/client";
import { toldOf } from "./problems";

const NAMES = ["name", "expires_at"];

test("what is said of a field stands at it", () => {
  const errors = [
    { pointer: "/name", detail: "is required" },
    { pointer: "/name", detail: "is too long" },
  ];
  expect(toldOf(new ApiError(422, "Not valid", "Change it.", errors), NAMES)).toEqual({
    fields: { name: "is required" },
    whole: null,
  });
});

test("what belongs to no field of the form stands above it", () => {
  const told = toldOf(
    new ApiError(422, "Not valid", "", [{ pointer: "/kind", detail: "is unknown" }]),
    NAMES,
  );
  expect(told.whole).toEqual({ title: "Not valid", detail: "kind is unknown", traceId: null });
  expect(toldOf(new ApiError(409, "There is one", "Take another name."), NAMES).whole?.detail).toBe(
    "Take another name.",
  );
  expect(toldOf(null, NAMES)).toEqual({ fields: {}, whole: null });
});
