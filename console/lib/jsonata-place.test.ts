import { expect, test } from "vitest";
import { joined, placeIn, within } from "./jsonata-place";

const lookedUpIn = (text: string) => {
  const { context, path } = placeIn(text);
  return [context, path];
};

test.each([
  ["", "", ""],
  ["identities[0].fir", "", "identities[0].fir"],
  ['{ "identity": identities[0].{ "fullName": fir', "identities[0]", "fir"],
  ['{"identity": identities[0].{"phone": phones[0].pho', "identities[0]", "phones[0].pho"],
  ['{"a": identities.{"b": data.{"c": x', "identities.data", "x"],
  ['{"a": identities[0].{"b": city}, "c": o', "", "o"],
  ['identities[state = "CA" and ci', "identities", "ci"],
  ["identities.phones[type", "identities.phones", "type"],
  ["$sum(identities.am", "", "identities.am"],
  ["identities.(first & la", "identities", "la"],
  ['{"x": "a { b", "y": `odd name`.z', "", "`odd name`.z"],
  ["/* { */ a", "", "a"],
])("at the end of %s names are of %j and the path is %j", (text, context, path) => {
  expect(lookedUpIn(text)).toEqual([context, path]);
});

test("what has no name is followed by nothing that is known", () => {
  expect(placeIn("$x.a").path).toBeNull();
  expect(placeIn("(a).b").path).toBeNull();
  expect(placeIn("$f(a).{b").context).toBeNull();
});

test("a text and a comment that are not closed are said", () => {
  expect([placeIn('"abc').isQuoted, placeIn('"abc"').isQuoted, placeIn('"a\\"').isQuoted]).toEqual([
    true,
    false,
    true,
  ]);
  expect(placeIn("/* abc").isQuoted).toBe(true);
});

test("what begins at the top leads from there", () => {
  expect(joined("identities", "$$.ok")).toBe("ok");
  expect(joined("identities", "$.city")).toBe("identities.city");
});

test("brackets without end cost what they are long", () => {
  expect(placeIn("[".repeat(50_000)).within).toBe("[");
  expect(placeIn("]".repeat(50_000)).within).toBeNull();
  expect(placeIn('"\\'.repeat(50_000)).within).toBeNull();
});

test.each([
  ["", "identities[0].city", "identities[0].city"],
  ["identities[0]", "identities[0].city", "city"],
  ["identities", "identities[0].phones[1].phone", "phones[1].phone"],
  ["identities[0]", "identities[1].city", "$$.identities[1].city"],
  ["other", "identities[0].city", "$$.identities[0].city"],
  ["identities", "identities[0]", "$"],
])("within %j the path %s is %s", (context, path, shown) => {
  expect(within(context, path)).toBe(shown);
});
