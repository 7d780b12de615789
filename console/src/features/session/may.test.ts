import { expect, test } from "vitest";
import { reasonAgainst } from "./may";

test("who may is told nothing, and so is who is not known yet", () => {
  expect(reasonAgainst("connectors:edit", ["connectors:read", "connectors:edit"])).toBeNull();
  expect(reasonAgainst("connectors:edit", undefined)).toBeNull();
});

test("who may not is told what, and who can change that", () => {
  expect(reasonAgainst("connectors:edit", ["connectors:read"])).toBe(
    "You may not change connectors. An administrator of the workspace can give you a role that may (connectors:edit).",
  );
});
