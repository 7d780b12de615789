import type { Action } from "@lib/data-source";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { consoleData } from "./library";
import { forgetTested, noteSaved, noteTested } from "./tested";

const ACTION = {
  id: "c1",
  kind: "connector",
  name: "A",
  category: "integrations",
  input_schema: {},
} as unknown as Action;
const signal = new AbortController().signal;
const answers = new Map<string, [number, unknown]>();
const asked: string[] = [];

beforeEach(() => {
  answers.clear();
  asked.length = 0;
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    const [status, body] = answers.get(path.split("?")[0] ?? "") ?? [404, { title: "None" }];
    return new Response(JSON.stringify(body), { status });
  });
});

afterEach(() => vi.unstubAllGlobals());

test("a contact that is not there is none; another refusal is one", async () => {
  expect(await consoleData.contact("x", signal)).toBeNull();
  answers.set("/api/contacts/y", [403, { title: "You may not" }]);
  await expect(consoleData.contact("y", signal)).rejects.toThrow("You may not");
});

test("the answer to map is that of the last run; without a whole one that of a kept test", async () => {
  answers.set("/api/executions", [200, { executions: [{ id: "e1" }] }]);
  answers.set("/api/executions/e1", [200, { output_data: { a: 1 }, cut: [] }]);
  expect(await consoleData.sample(ACTION, signal)).toEqual({ a: 1 });
  answers.set("/api/executions/e1", [200, { output_data: '{"a', cut: ["data"] }]);
  answers.set("/api/connectors/c1/examples", [200, { examples: [{ id: "k1" }] }]);
  answers.set("/api/connectors/c1/examples/k1", [200, { output: { b: 2 } }]);
  expect(await consoleData.sample(ACTION, signal)).toEqual({ b: 2 });
  expect(await consoleData.sample({ ...ACTION, kind: "built_in" }, signal)).toBeUndefined();
});

test("what was tested and saved since is newer than the last run, until there is a later one", async () => {
  const ran = (executed_at: string) => [200, { executions: [{ id: "e1", executed_at }] }] as const;
  answers.set("/api/executions", [...ran("2026-03-10T12:00:00Z")]);
  answers.set("/api/executions/e1", [200, { output_data: { a: 1 }, cut: [] }]);
  noteTested("draft", { b: 2 });
  noteSaved("draft", "c1");
  expect(await consoleData.sample(ACTION, signal)).toEqual({ b: 2 });
  answers.set("/api/executions", [...ran("2999-01-01T00:00:00Z")]);
  expect(await consoleData.sample(ACTION, signal)).toEqual({ a: 1 });
  forgetTested();
});

test("who may not read executions maps a kept test", async () => {
  answers.set("/api/executions", [403, { title: "You may not" }]);
  answers.set("/api/connectors/c1/examples", [200, { examples: [] }]);
  expect(await consoleData.sample(ACTION, signal)).toBeUndefined();
});

test("a template of a name is made, or replaced", async () => {
  answers.set("/api/connectors/c1/field-mapping-templates", [201, {}]);
  answers.set("/api/connectors/c1/field-mapping-templates/a%2Fb", [200, {}]);
  await consoleData.saveTemplate?.("c1", { name: "a/b", mappings: [] }, false);
  await consoleData.saveTemplate?.("c1", { name: "a/b", mappings: [] }, true);
  expect(asked).toEqual([
    "/api/connectors/c1/field-mapping-templates",
    "/api/connectors/c1/field-mapping-templates/a%2Fb",
  ]);
});
