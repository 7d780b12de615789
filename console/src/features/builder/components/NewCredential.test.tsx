// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { FormProvider, useForm } from "react-hook-form";
import { beforeEach, expect, test, vi } from "vitest";
import type { AuthKindView, FieldView } from "@/api/schema";
import { SESSION, served, shown } from "@/testing/shown";
import { NEW, type Values } from "../values";
import { NewCredential } from "./NewCredential";

const TOKEN: FieldView = {
  name: "token",
  title: "Token",
  control: "secret",
  required: true,
  default: null,
  choices: [],
  max_characters: 200,
  help: "",
  when: null,
};
const KINDS: readonly AuthKindView[] = [
  { type: "bearer", title: "Bearer token", description: "", fields: [TOKEN] },
];

function Wizard() {
  const form = useForm<Values>({ defaultValues: NEW });
  return (
    <FormProvider {...form}>
      <NewCredential kinds={KINDS} label="New credential" />
    </FormProvider>
  );
}

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(400);
  served({ "GET /api/session": () => SESSION });
});

test("a secret that was typed is not dropped by Escape without a question", async () => {
  const user = userEvent.setup();
  shown(<Wizard />);
  await user.click(await screen.findByRole("button", { name: "New credential" }));
  await user.type(screen.getByLabelText(/^Token/), "hush");
  await user.keyboard("{Escape}");
  expect(screen.getByRole("alertdialog", { name: "Drop what you have typed?" })).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Go on" }));
  expect(screen.getByLabelText(/^Token/)).toHaveValue("hush");
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  await user.click(screen.getByRole("button", { name: "Drop it" }));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("where nothing was typed nothing is asked", async () => {
  const user = userEvent.setup();
  shown(<Wizard />);
  await user.click(await screen.findByRole("button", { name: "New credential" }));
  expect(screen.getByRole("dialog", { name: "New credential" })).toBeInTheDocument();
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(screen.queryByRole("alertdialog")).toBeNull();
});
