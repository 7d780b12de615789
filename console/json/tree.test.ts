import { expect, test } from "vitest";
import { type Json, parseJson } from "./exact";
import { jsonataPath, pointerParts } from "./paths";
import { brief, childNodes, openAtFirst, rootNodes, searchFor, shownLines } from "./tree";

const ANSWER = parseJson(
  '{"identities":[{"id":9007199254740993,"first name":"Jose","phones":[]}],"ok":true}',
);

const search = (value: Json, text: string) => {
  const searching = searchFor(text, value);
  searching.goOn(Number.POSITIVE_INFINITY);
  return searching.found;
};

test.each([
  [["identities", 0, "firstName"], "identities[0].firstName"],
  [["first name"], "`first name`"],
  [["and"], "`and`"],
  [[0, "a"], "$[0].a"],
  [[], "$"],
])("%j is reached by %s", (place, path) => {
  expect(jsonataPath(place)).toBe(path);
});

test("a pointer falls into its parts", () => {
  expect(pointerParts("/config/headers/0/a~1b~0c")).toEqual(["config", "headers", "0", "a/b~c"]);
  expect(pointerParts("")).toEqual([]);
});

test("lines show exact numbers and sizes", () => {
  const [identities] = rootNodes(ANSWER);
  const [first] = childNodes(identities as never);
  expect(brief(identities?.value as never)).toBe("1 item");
  expect(childNodes(first as never).map((line) => [line.id, brief(line.value)])).toEqual([
    ["identities[0].id", "9007199254740993"],
    ["identities[0].`first name`", '"Jose"'],
    ["identities[0].phones", "0 items"],
  ]);
});

test("a search finds leaves by name and by value", () => {
  expect(search(ANSWER, "JOSE").map((line) => line.id)).toEqual(["identities[0].`first name`"]);
  expect(search(ANSWER, "identities").map((line) => line.id)).toHaveLength(3);
});

test("a list shows its first item at once", () => {
  expect([...openAtFirst(ANSWER)]).toEqual(["identities", "identities[0]"]);
});

test("a lone value is a tree of one line", () => {
  expect(rootNodes(parseJson("5"))).toMatchObject([{ id: "$", value: 5 }]);
});

test("lines that are seen are counted as far as there is room for them", () => {
  const count = (open: string[], most = 100) =>
    shownLines(rootNodes(ANSWER), (id) => open.includes(id), most);
  expect(count([])).toBe(2);
  expect(count(["identities"])).toBe(3);
  expect(count(["identities", "identities[0]"])).toBe(6);
  expect(shownLines(rootNodes(parseJson(`[${"0,".repeat(149)}0]`)), () => false, 12)).toBe(12);
});

test("what has many members is shown in spans of them, and each is found there", () => {
  const many = parseJson(`{"list":[${"0,".repeat(99_999)}7]}`);
  const [list] = rootNodes(many);
  expect(brief(list?.value as never)).toBe("100000 items");
  const spans = childNodes(list as never);
  expect(spans.map(({ name }) => name).slice(0, 2)).toEqual(["0 – 39999", "40000 – 79999"]);
  const inner = childNodes(spans.at(-1) as never);
  expect([inner.length, inner.at(-1)?.name]).toEqual([100, "99800 – 99999"]);
  const last = childNodes(inner.at(-1) as never).at(-1);
  expect([last?.id, last?.value]).toEqual(["list[99999]", 7]);
  expect(search(many, "list[99999]").map(({ value }) => value)).toEqual([7]);
});

test("a search goes on where it was, and ends with what it would have found at once", () => {
  const many = parseJson(`{"list":[${Array.from({ length: 5_000 }, (_, at) => `{"n":${at}}`)}]}`);
  const searching = searchFor("99", many);
  const seen: number[] = [];
  while (!searching.isDone) {
    searching.goOn(1_000);
    seen.push(searching.found.length);
  }
  expect(seen.length).toBeGreaterThan(5);
  expect(searching.found.map(({ id }) => id)).toEqual(search(many, "99").map(({ id }) => id));
  const before = searching.found;
  searching.goOn(1_000);
  expect(searching.found).toBe(before);
});

test("a search ends when enough is found", () => {
  const many = parseJson(`[${"0,".repeat(4_999)}0]`);
  expect(search(many, "0")).toHaveLength(500);
});
