import { expect, test } from "vitest";
import { byPlace } from "./fields";

test("fields stand in the order of a contact's page, custom ones last and as they came", () => {
  const fields = ["tags", "custom_fields.b", "email", "custom_fields.a", "first_name", "city"];
  expect(fields.toSorted(byPlace)).toEqual([
    "first_name",
    "email",
    "city",
    "tags",
    "custom_fields.b",
    "custom_fields.a",
  ]);
});
