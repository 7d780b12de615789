import { expect, test } from "vitest";
import type { AuthKindView, FieldView } from "@/api/schema";
import { authFieldsOf, isShown, secretNames, withAuthDefaults } from "./fields";

const field = (name: string, more: Partial<FieldView> = {}): FieldView => ({
  name,
  title: name,
  control: "text",
  required: false,
  default: null,
  choices: [],
  max_characters: 100,
  help: "",
  when: null,
  ...more,
});
const KIND: AuthKindView = {
  type: "oauth2",
  title: "OAuth",
  description: "",
  fields: [
    field("proof", { control: "choice", default: "basic", choices: ["basic", "key"] }),
    field("secret", { control: "secret", when: { field: "proof", values: ["basic"] } }),
    field("key", { control: "secret", when: { field: "proof", values: ["key"] } }),
  ],
};

test("a field is asked for when another one has its value, or its default has", () => {
  const [, secret, key] = KIND.fields as [FieldView, FieldView, FieldView];
  expect(isShown(secret, KIND.fields, {})).toBe(true);
  expect(isShown(key, KIND.fields, { proof: "key" })).toBe(true);
  expect(isShown(secret, KIND.fields, { proof: "key" })).toBe(false);
});

test("only what is asked for is sent", () => {
  const given = { proof: "key", secret: "old", key: "pem", token: "of another kind" };
  expect(authFieldsOf(KIND, given)).toEqual({ proof: "key", key: "pem" });
  expect(authFieldsOf(undefined, given)).toEqual({});
});

test("choices begin with what is usual; what was chosen stays", () => {
  expect(withAuthDefaults({ authFields: {} }, [KIND]).authFields).toEqual({ proof: "basic" });
  expect(withAuthDefaults({ authFields: { proof: "key" } }, [KIND]).authFields).toEqual({
    proof: "key",
  });
});

test("secrets are known by their control", () => {
  expect([...secretNames([KIND])]).toEqual(["secret", "key"]);
});
