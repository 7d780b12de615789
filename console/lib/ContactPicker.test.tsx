// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { ContactPicker } from "./ContactPicker";
import { aSource, JANE, within } from "./testing/source";

function Picker() {
  const [id, setId] = useState<string | null>(null);
  return <ContactPicker label="Try it on" nobody="Nobody yet" contactId={id} onChange={setId} />;
}

test("the list closes when somebody is chosen, also where the contact is read a moment later", async () => {
  const user = userEvent.setup();
  const answers: (() => void)[] = [];
  const contact = () => new Promise<typeof JANE>((resolve) => answers.push(() => resolve(JANE)));
  within(aSource({ contact, findContacts: async () => [JANE] }), <Picker />);
  await user.click(screen.getByRole("combobox", { name: "Try it on" }));
  await user.click(await screen.findByRole("option", { name: /Jane Doe/ }));
  await waitFor(() => expect(answers).toHaveLength(1));
  expect(screen.getByRole("combobox", { name: "Try it on" })).toHaveValue("Jane Doe");
  answers[0]?.();
  await waitFor(() => expect(screen.queryByRole("listbox")).not.toBeInTheDocument());
  expect(screen.getByRole("combobox", { name: "Try it on" })).toHaveValue("Jane Doe");
});
