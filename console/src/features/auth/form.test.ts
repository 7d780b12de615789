import { expect, test } from "vitest";
import type { AuthKindView } from "@/api/schema";
import { draftOf, emptyForm, formOf, originIn, placed, sharedKinds } from "./form";

const kind = (type: string, ...secrets: string[]): AuthKindView => ({
  type,
  title: type,
  description: "",
  fields: secrets.map((name) => ({
    name,
    title: name,
    control: "secret",
    required: true,
    default: null,
    choices: [],
    max_characters: 100,
    help: "",
    when: null,
  })),
});
const KINDS = [kind("none"), kind("bearer", "token"), kind("basic", "password")];

test("what is typed for another kind is not sent", () => {
  const form = emptyForm(KINDS, {
    name: " Loyalty ",
    authFields: { token: "t", password: "p" },
    origins: "https://a.example\n\n https://b.example ",
  });
  expect(draftOf(form, KINDS)).toEqual({
    name: "Loyalty",
    auth: { type: "bearer", token: "t" },
    allowed_origins: ["https://a.example", "https://b.example"],
  });
  expect(sharedKinds(KINDS).map(({ type }) => type)).toEqual(["bearer", "basic"]);
});

test("a stored one comes back with its masks", () => {
  const stored = {
    name: "Loyalty",
    auth: { type: "bearer", token: "••••abcd" },
    allowed_origins: ["https://a.example"],
  } as unknown as Parameters<typeof formOf>[0];
  expect(draftOf(formOf(stored, KINDS), KINDS)).toEqual({ ...stored });
});

test("problems stand at their fields", () => {
  const errors = placed([
    { pointer: "/auth/token", detail: "is required" },
    { pointer: "/allowed_origins/0", detail: "one" },
    { pointer: "/allowed_origins/1", detail: "two" },
    { pointer: "/auth", detail: "is wrong" },
    { pointer: "", detail: "is too large" },
  ]);
  expect(errors.at).toEqual({ "auth.token": "Is required.", origins: "One. Two.", type: "Is wrong." });
  expect(errors.rest).toEqual(["Is too large."]);
});

test.each([
  ["https://api.example.com/v1?x=1", "https://api.example.com"],
  ["http://127.0.0.1:8090/{{input.x}}", "http://127.0.0.1:8090"],
  ["https://{{input.region}}.example.com", ""],
  ["api", ""],
])("the origin in %s", (url, origin) => {
  expect(originIn(url)).toBe(origin);
});
