import { expect, test } from "vitest";
import {
  duplicated,
  freshId,
  inserted,
  moved,
  neighbour,
  removed,
  replaced,
  rows,
  type Step,
  slotKey,
  slotWithout,
} from "./steps";

const wait = (id: string): Step => ({ id, action: "wait", seconds: 1 });
const when = (id: string, then: readonly Step[] = [], otherwise: readonly Step[] = []): Step => ({
  id,
  action: "if",
  condition: { value: "{{contact.city}}", operator: "is_not_empty" },
  then,
  else: otherwise,
});
const STEPS = [wait("a"), when("if", [wait("b")], [wait("c")]), wait("d")];
const order = (steps: readonly Step[]) => rows(steps).map(({ step, slot }) => `${step.id}@${slotKey(slot)}`);

test("steps are read in the order in which they are written, each with its pointer", () => {
  expect(rows(STEPS).map(({ step, depth, pointer }) => [step.id, depth, pointer])).toEqual([
    ["a", 0, "/steps/0"],
    ["if", 0, "/steps/1"],
    ["b", 1, "/steps/1/then/0"],
    ["c", 1, "/steps/1/else/0"],
    ["d", 0, "/steps/2"],
  ]);
});

test("one step goes down through every place of a flow and up again", () => {
  const walk = (way: "up" | "down", first: readonly Step[]) => {
    const seen = [order(first)];
    let steps = first;
    for (let slot = neighbour(steps, "a", way); slot; slot = neighbour(steps, "a", way)) {
      steps = moved(steps, "a", slot);
      seen.push(order(steps));
    }
    return { seen, steps };
  };
  const down = walk("down", STEPS);
  const places = down.seen.map((one) => one.find((each) => each.startsWith("a@")));
  expect(places).toEqual([
    "a@flow:0",
    "a@if/then:0",
    "a@if/then:1",
    "a@if/else:0",
    "a@if/else:1",
    "a@flow:1",
    "a@flow:2",
  ]);
  expect(walk("up", down.steps).seen.toReversed()).toEqual(down.seen);
});

test("a step goes to a chosen place, and an if never into itself", () => {
  const target = { list: null, index: 3 };
  expect(order(moved(STEPS, "a", slotWithout(STEPS, "a", target))).at(-1)).toBe("a@flow:2");
  expect(moved(STEPS, "if", { list: { within: "if", branch: "then" }, index: 0 })).toBe(STEPS);
});

test("steps are added, changed and taken away where they are", () => {
  const slot = { list: { within: "if", branch: "else" as const }, index: 1 };
  const added = inserted(STEPS, slot, wait("new"));
  expect(order(added)).toContain("new@if/else:1");
  expect(order(removed(added, "new"))).toEqual(order(STEPS));
  expect(rows(replaced(STEPS, { ...wait("c"), seconds: 9 } as Step))[3]?.step).toMatchObject({ seconds: 9 });
  expect(removed(STEPS, "nobody")).toBe(STEPS);
});

test("each step has an id of its own", () => {
  expect(freshId([], "Phone Lookup!")).toBe("phone-lookup");
  expect(freshId([wait("phone-lookup")], "Phone Lookup")).toBe("phone-lookup-2");
  expect(freshId([], "2 – 3")).toBe("step-2-3");
  expect(freshId([], "電話")).toBe("step");
  const copy = duplicated(STEPS, "if");
  expect(copy && rows(copy.steps).map(({ step }) => step.id)).toEqual([
    ...["a", "if", "b", "c", "if-2", "b-2", "c-2", "d"],
  ]);
});
