// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import { expect, test } from "vitest";
import { NEW, type Values } from "../values";
import { Restored } from "./restored";
import { SecretField } from "./SecretField";

function Form({ token }: { token: string }) {
  const form = useForm<Values>({ defaultValues: { ...NEW, authFields: { token } } });
  const held = useWatch({ control: form.control, name: "authFields.token" });
  return (
    <FormProvider {...form}>
      <SecretField name="authFields.token" label="Token" />
      <output>{held}</output>
    </FormProvider>
  );
}

test("a secret that a draft has not kept says so, until it is entered", async () => {
  const user = userEvent.setup();
  render(
    <Restored value={true}>
      <Form token="" />
    </Restored>,
  );
  expect(screen.getByText(/^Drafts keep no secrets/)).toBeVisible();
  await user.type(screen.getByLabelText("Token"), "x");
  expect(screen.queryByText(/^Drafts keep no secrets/)).toBeNull();
});

test("of one that nobody has entered nothing is said", () => {
  render(<Form token="" />);
  expect(screen.queryByText(/^Drafts keep no secrets/)).toBeNull();
});

test("what is stored is shown by its end, replaced as a whole, and kept on second thoughts", async () => {
  const user = userEvent.setup();
  render(<Form token="••••bc0a" />);
  expect(screen.getByLabelText("Token")).toBeDisabled();
  await user.click(screen.getByRole("button", { name: "Replace" }));
  await user.type(screen.getByLabelText("Token"), "new");
  expect(screen.getByLabelText("Token")).toHaveAttribute("type", "password");
  expect(screen.getByRole("status")).toHaveTextContent("new");
  await user.click(screen.getByRole("button", { name: /Keep/ }));
  expect(screen.getByRole("status")).toHaveTextContent("••••bc0a");
});

test("a secret that a draft did not keep says why it is empty, until it is entered", async () => {
  const user = userEvent.setup();
  render(
    <Restored value={true}>
      <Form token="" />
    </Restored>,
  );
  expect(screen.getByLabelText("Token")).toHaveAccessibleDescription(/Drafts keep no secrets/);
  await user.type(screen.getByLabelText("Token"), "new");
  expect(screen.getByLabelText("Token")).not.toHaveAccessibleDescription(/Drafts keep no secrets/);
});

test("a secret that nobody has entered yet explains nothing", () => {
  render(<Form token="" />);
  expect(screen.getByLabelText("Token")).not.toHaveAccessibleDescription(/Drafts/);
});
