import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { served } from "@/testing/shown";
import { calls, usesQuery } from "./uses";

const call = (connectorId: string) => ({ id: "a", action: "connector", connectorId });
const split = (...branches: [string, object[]][]) => ({
  id: "b",
  action: "if",
  condition: {},
  ...Object.fromEntries(branches),
});

test.each([
  [[], false],
  [[call("c2"), { id: "w", action: "wait" }], false],
  [[call("c2"), call("c1")], true],
  [[split(["then", [call("c1")]])], true],
  [[split(["then", []], ["else", [split(["else", [call("c1")]])]])], true],
  [[split(["then", [call("c2")]])], false],
])("a flow uses a connector by its steps, however deep: %j", (steps, uses) => {
  expect(calls({ steps }, "c1")).toBe(uses);
});

test("what is no flow uses nothing", () => {
  expect(calls({}, "c1")).toBe(false);
  expect(calls({ steps: [null, "a", { action: "connector" }] }, "c1")).toBe(false);
});

const line = (id: string, connectorId: string) => ({
  id,
  name: `Flow ${id}`,
  enabled: true,
  definition: { steps: [call(connectorId)] },
});

test("all flows are looked at, page by page", async () => {
  const pages = [
    { flows: [line("f1", "c1"), line("f2", "c2")], next_cursor: "more" },
    { flows: [line("f3", "c1")], next_cursor: null },
  ];
  const asked = served({ "GET /api/flows": () => pages.shift() });
  expect(await new QueryClient().fetchQuery(usesQuery("c1"))).toEqual({
    flows: [
      { id: "f1", name: "Flow f1", enabled: true },
      { id: "f3", name: "Flow f3", enabled: true },
    ],
    more: false,
  });
  expect(asked.map(({ path }) => path)).toEqual(["/api/flows?limit=200", "/api/flows?limit=200&cursor=more"]);
});
