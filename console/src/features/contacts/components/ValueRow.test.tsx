// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Contact } from "@/api/mapper";
import { served, shown } from "@/testing/shown";
import { ValueRow } from "./ValueRow";

const contact = {
  id: "c1",
  city: "Rome",
  custom_fields: {},
  custom_field_origins: {},
  origins: {},
} as unknown as Contact;
const row = () => (
  <dl>
    <ValueRow
      contact={contact}
      etag={'"1"'}
      id="city"
      label="City"
      field={undefined}
      onHistory={() => undefined}
    />
  </dl>
);
const SESSION = { user_id: "t", kind: "person", scopes: ["contacts:read", "contacts:edit"] };

test("whoever leaves the form by keyboard goes on at the pencil, and only then", async () => {
  served({ "GET /api/session": () => SESSION });
  const user = userEvent.setup();
  shown(row());
  const pencil = await screen.findByRole("button", { name: "Change City" });
  expect(pencil).not.toHaveFocus();
  await user.click(pencil);
  expect(screen.getByLabelText("City")).toHaveFocus();
  await user.keyboard("{Escape}");
  expect(await screen.findByRole("button", { name: "Change City" })).toHaveFocus();
});
