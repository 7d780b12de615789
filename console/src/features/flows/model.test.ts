import { expect, test } from "vitest";
import { type Condition, conditionOf, conditionWords, formOf, literalOf } from "./conditions";
import { differences, draftOf, NEW, sameDraft } from "./drafts";
import { amended, begun, done, redone, undone } from "./history";
import { layout } from "./layout";
import { asSettings, byStep, shortly, toldOf } from "./problems";
import { inputNames, placeholders, storedBefore } from "./scope";
import { flowSearch, flowsSearch } from "./search";
import { newStep, settingsOf, withSettings } from "./settings";
import { lastSlot, type Step } from "./steps";
import { lasting, placeWords, summary } from "./words";

const wait = (id: string): Step => ({ id, action: "wait", seconds: 1 });
const call = (id: string, more: object = {}): Step => ({
  id,
  action: "connector",
  connectorId: "c1",
  ...more,
});
const when = (id: string, then: readonly Step[] = [], otherwise: readonly Step[] = []): Step => ({
  id,
  action: "if",
  condition: { value: "{{contact.city}}", operator: "is_not_empty" },
  then,
  else: otherwise,
});
const STEPS = [wait("a"), when("if", [wait("b")], [wait("c")]), wait("d")];
const NAMES = new Map([["c1", { name: "Phone Lookup", icon: null }]]);

test.each<[Condition, string]>([
  [{ value: "{{found.score}}", operator: "at_least", than: 700 }, "found.score is at least 700"],
  [{ value: "{{contact.city}}", than: "Rome" }, "contact.city is Rome"],
  [
    {
      any: [
        { value: "{{a}}", operator: "is_empty" },
        { value: "{{b}}", operator: "one_of", than: ["x", 2] },
      ],
    },
    "a is empty, or b is one of x, 2",
  ],
])("a condition is shown as rows, and comes back as it was", (condition, words) => {
  expect(conditionWords(condition)).toBe(words);
  expect(conditionOf(formOf(condition))).toEqual({
    operator: "equals",
    ...condition,
    ...("any" in condition ? { operator: undefined } : {}),
  });
});

test("what is nested deeper is its JSON, and what is none is refused", () => {
  const nested: Condition = { all: [{ not: { value: 1 } }, { value: 2 }] };
  const form = formOf(nested);
  expect(form.kind).toBe("json");
  expect(conditionOf(form)).toEqual(nested);
  expect(() => conditionOf({ kind: "json", text: "{" })).toThrow(SyntaxError);
  expect(conditionWords(nested)).toBe("(not (1 is nothing)), and 2 is nothing");
});

test("what is no condition is not taken, and does not keep the page from being drawn", () => {
  for (const text of ['{"all": 5}', '{"not": 1}', '{"any": [{"all": {}}]}', "[]", "7"])
    expect(() => conditionOf({ kind: "json", text })).toThrow(SyntaxError);
  expect(conditionWords({ all: 5 } as never)).toBe("a condition that cannot be read");
});

test("rows that nobody has touched stay what they were", () => {
  const condition: Condition = {
    all: [
      { value: "{{a}}", operator: "one_of", than: ["Rome, Italy", "123", null] },
      { value: "true", operator: "equals", than: "007" },
    ],
  };
  const form = formOf(condition);
  expect(conditionOf(form)).toEqual(condition);
  if (form.kind !== "rows") throw new Error("it has rows");
  const touched = form.rows.map((row, index) => (index === 1 ? { ...row, than: "8" } : row));
  expect(conditionOf({ ...form, rows: touched })).toEqual({
    all: [condition.all[0], { value: "true", operator: "equals", than: 8 }],
  });
});

test.each([
  ["700", 700],
  ["007", "007"],
  ["true", true],
  ["", ""],
  ["9007199254740993", "9007199254740993"],
])("%s is compared as what it is", (text, value) => {
  const found = literalOf(text);
  expect(typeof value === "string" ? String(found) : found).toBe(value);
});

test("what the engine says is told at its step and field", () => {
  const told = [
    toldOf({ pointer: "/steps/1/then/0/inputs/a~1b", detail: "is required" }, STEPS),
    toldOf({ pointer: "/steps/1/condition/all/0/value", detail: "no" }, STEPS),
    toldOf({ pointer: "/steps/9", detail: "no" }, STEPS),
    toldOf({ pointer: "/name", detail: "must not be empty" }, STEPS),
  ];
  expect(told.map(({ stepId, pointer }) => [stepId, pointer])).toEqual([
    ["b", "/inputs/a~1b"],
    ["if", "/condition/all/0/value"],
    [null, "/steps/9"],
    [null, "/name"],
  ]);
  expect(shortly(told[0] as (typeof told)[0])).toBe("a/b: Is required.");
  expect([...byStep(told).keys()]).toEqual(["b", "if"]);
  expect(asSettings([{ stepId: "a", pointer: "/userFields/city", detail: "x" }])[0]?.pointer).toBe(
    "/inputs/userFields/city",
  );
});

test("a step shows what its form has, and keeps what that does not show", () => {
  const step = call("x", { inputs: { a: 1 }, storeAs: "found", lane: "interactive" });
  const settings = settingsOf(step);
  expect(settings).toMatchObject({ inputs: { a: 1 }, storeAs: "found", onError: "stop" });
  expect(withSettings(step, settings)).toEqual(step);
  const mapped = withSettings(step, {
    ...settings,
    storeAs: null,
    onError: "continue",
    fieldMappings: [{ sourcePath: "a", targetField: "city" }],
  });
  expect(mapped).toMatchObject({
    lane: "interactive",
    onError: "continue",
    options: { updateExisting: true },
  });
  expect("storeAs" in mapped).toBe(false);
  const timed = withSettings(wait("w"), {
    ...settings,
    inputs: { until: "2026-01-01T00:00:00Z", seconds: 3 },
  });
  expect(timed).toEqual({ id: "w", action: "wait", until: "2026-01-01T00:00:00Z" });
  const writes: Step = { id: "u", action: "update_contact", customFields: { offer: "none" } };
  expect(withSettings(writes, settingsOf(writes))).toEqual(writes);
});

test("what is picked becomes a step", () => {
  const action = { kind: "connector" as const, id: "c1", name: "Phone Lookup" };
  const rest = { description: null, icon: null, category: "integrations" as const, input_schema: {} };
  expect(newStep({ ...rest, ...action }, [])).toEqual({
    id: "phone-lookup",
    action: "connector",
    connectorId: "c1",
  });
  expect(newStep({ ...rest, kind: "built_in", id: "if", name: "If" }, []).action).toBe("if");
});

test("only earlier steps are known, and inputs are found wherever they are used", () => {
  const steps = [
    call("a", {
      storeAs: "one",
      inputs: { x: ["{{input.score}} {{ input.name | upper }}", "{{contact.x}}"] },
    }),
    when("if", [call("b", { storeAs: "two" })]),
    call("c", { storeAs: "three" }),
  ];
  expect(storedBefore(steps, "c").map(({ name }) => name)).toEqual(["one", "two"]);
  expect(storedBefore(steps, "a")).toEqual([]);
  expect(inputNames(steps)).toEqual(["score", "name"]);
  expect(placeholders("{{a}} {{b}} {{open")).toEqual(["a", "b"]);
});

test("changes are undone and done again; one typing is one change", () => {
  let history = done(begun("a"), "b");
  history = amended(done(history, "c"), "cc");
  expect(undone(history).present).toBe("b");
  expect(redone(undone(history)).present).toBe("cc");
  expect(done(undone(history), "d").future).toEqual([]);
  expect(undone(begun("a")).present).toBe("a");
});

test("what somebody else has changed is said in words", () => {
  const mine = { ...NEW, name: "Mine", steps: STEPS };
  const theirs = { ...mine, name: "Theirs", enabled: false, steps: [wait("a"), call("n"), wait("d")] };
  const words = differences(theirs, mine, (step) => step.id);
  expect(words).toEqual(["the name", "switched off", "added n", "removed if", "removed b", "removed c"]);
  const turned = { ...mine, steps: [wait("d"), wait("a"), STEPS[1] as Step] };
  expect(differences(turned, mine, (step) => step.id)).toEqual(["the order"]);
  expect(sameDraft(draftOf({ name: "x", steps: [] }), { ...NEW, name: "x" })).toBe(true);
});

test("steps and places are said in words", () => {
  expect(summary(call("a"))).toBe("Keeps nothing of its answer yet");
  expect(summary(call("a", { storeAs: "x", fieldMappings: [{}, {}] }))).toBe(
    "Writes 2 fields, keeps its answer as x",
  );
  expect(summary({ id: "w", action: "wait", seconds: 90 })).toBe("For 90 seconds");
  expect([lasting(300), lasting(3600), lasting(1)]).toEqual(["5 minutes", "1 hour", "1 second"]);
  expect(placeWords(lastSlot([]), [], NAMES)).toBe("as the first");
  expect(placeWords({ list: null, index: 1 }, [call("a")], NAMES)).toBe("after Phone Lookup");
  expect(placeWords({ list: { within: "if", branch: "else" }, index: 1 }, STEPS, NAMES)).toBe(
    "after Wait, in Else of If",
  );
});

test("a canvas has a place before and after each step, and branches beside each other", () => {
  const { parts, ways } = layout(STEPS);
  expect(parts.filter(({ kind }) => kind === "slot")).toHaveLength(8);
  const at = new Map(parts.map((part) => [part.id, part]));
  const [b, c, d] = ["b", "c", "d"].map((id) => at.get(id));
  expect(b && c && d && [b.y === c.y, b.x < 0, c.x > 0, d.y > b.y, d.x === 0]).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(ways.filter(({ to }) => to === "+flow:2")).toHaveLength(2);
  expect(new Set(ways.map(({ id }) => id)).size).toBe(ways.length);
});

test("an address is read with care", () => {
  expect(flowSearch({ view: "list", run: "r", panel: "x", step: 3 })).toEqual({ view: "list", run: "r" });
  expect(flowsSearch({ q: "", status: "broken" })).toEqual({});
});
