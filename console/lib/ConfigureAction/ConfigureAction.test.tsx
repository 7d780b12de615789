// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Action, ActionSettings } from "../data-source";
import { aSource, BROKEN, ENRICHMENT, WAIT, within } from "../testing/source";
import { ConfigureAction } from "./ConfigureAction";
import { emptySettings } from "./model";

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
});

interface KeptProps {
  action: Action;
  first: ActionSettings;
  onSubmit: (settings: ActionSettings) => void;
}

function Kept({ action, first, onSubmit }: KeptProps) {
  const [settings, setSettings] = useState(first);
  return (
    <ConfigureAction
      action={action}
      value={settings}
      onChange={setSettings}
      variables={[]}
      contactId="j"
      onContactChange={() => {}}
      onSubmit={onSubmit}
      onCancel={() => {}}
    />
  );
}

function show(action: Action, first: ActionSettings = emptySettings(action)) {
  const submitted = vi.fn();
  within(aSource(), <Kept action={action} first={first} onSubmit={submitted} />);
  return submitted;
}

test("an input says what it is for the chosen contact", async () => {
  show(ENRICHMENT);
  expect(await screen.findByText("+16266958105")).toBeInTheDocument();
  expect(screen.getByRole("combobox", { name: /Phone number/ })).toHaveTextContent("contact.phone");
});

test("a fixed value and a variable are both kept", async () => {
  const user = userEvent.setup();
  const submitted = show(ENRICHMENT);
  const modes = screen.getByRole("radiogroup", { name: "How Phone number is given" });
  expect(modes).toBeInTheDocument();
  await user.click(screen.getByRole("radio", { name: "Fixed" }));
  await user.click(screen.getByRole("textbox", { name: /Phone number/ }));
  await user.paste("42");
  await user.click(screen.getByRole("radio", { name: "Variable" }));
  await user.click(screen.getByRole("button", { name: "Add" }));
  expect(submitted).toHaveBeenLastCalledWith(
    expect.objectContaining({ inputs: { phoneNumber: "{{contact.phone}}" } }),
  );
  await user.click(screen.getByRole("radio", { name: "Fixed" }));
  await user.click(screen.getByRole("button", { name: "Add" }));
  expect(submitted).toHaveBeenLastCalledWith(expect.objectContaining({ inputs: { phoneNumber: "42" } }));
});

test("what is missing is said at its field, which is entered", async () => {
  const user = userEvent.setup();
  const submitted = show(ENRICHMENT, { ...emptySettings(ENRICHMENT), inputs: {}, storeAs: "contact" });
  await user.click(screen.getByRole("button", { name: "Add" }));
  expect(submitted).not.toHaveBeenCalled();
  expect(screen.getByText("Phone number is needed.")).toBeInTheDocument();
  expect(screen.getByText(/choose another/)).toBeInTheDocument();
  await waitFor(() => expect(screen.getByRole("combobox", { name: /Phone number/ })).toHaveFocus());
});

test("what becomes of a failure, and where the answer is kept", async () => {
  const user = userEvent.setup();
  const submitted = show(ENRICHMENT);
  await user.click(screen.getByRole("radio", { name: "Continue flow on error" }));
  await user.click(screen.getByRole("textbox", { name: /store the complete response/ }));
  await user.paste("enrichedData");
  await user.click(screen.getByRole("checkbox", { name: "Create new contact if not exists" }));
  await user.click(screen.getByRole("button", { name: "Add" }));
  expect(submitted).toHaveBeenCalledWith(
    expect.objectContaining({
      onError: "continue",
      storeAs: "enrichedData",
      options: { createIfNotExists: false, updateExisting: true, overwriteExisting: true },
    }),
  );
});

test("one that cannot be used says why", () => {
  show(BROKEN);
  expect(screen.getByRole("alert")).toHaveTextContent("The connector is switched off; enable it.");
});

test("a built-in action has its inputs, and no mapping", async () => {
  const user = userEvent.setup();
  const submitted = show(WAIT);
  await user.type(screen.getByRole("textbox", { name: "Seconds" }), "60");
  await user.click(screen.getByRole("button", { name: "Add" }));
  expect(submitted).toHaveBeenCalledWith(expect.objectContaining({ inputs: { seconds: 60 } }));
  expect(screen.queryByRole("region", { name: /Map response/ })).not.toBeInTheDocument();
});

test("whoever removes fields by keyboard goes on where they were", async () => {
  const user = userEvent.setup();
  const update: Action = { ...WAIT, id: "update_contact", input_schema: { userFields: { type: "object" } } };
  show(update, { ...emptySettings(update), inputs: { userFields: { city: "Rome", state: "CA" } } });
  screen.getByRole("button", { name: "Remove row 2" }).focus();
  await user.keyboard("{Enter}");
  expect(screen.getByRole("button", { name: "Remove row 1" })).toHaveFocus();
  await user.keyboard("{Enter}");
  expect(screen.getByRole("button", { name: "Add field" })).toHaveFocus();
});
