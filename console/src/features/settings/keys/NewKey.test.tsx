// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { answering, rendered } from "@/testing/server";
import { NewKey } from "./NewKey";

afterEach(() => vi.unstubAllGlobals());

test("a key is shown once it is made, and goes with its dialog", async () => {
  const user = userEvent.setup();
  const asked = answering(() => ({
    status: 201,
    body: { id: "k", name: "Nightly import", key: "ck_secret" },
  }));
  const closed = vi.fn();
  rendered(<NewKey onClose={closed} />);
  await user.click(screen.getByRole("button", { name: "Make the key" }));
  expect(screen.getByText("Say what it is for")).toBeVisible();
  expect(asked).toEqual([]);
  await user.type(screen.getByLabelText("Name"), "Nightly import");
  await user.click(screen.getByRole("button", { name: "Make the key" }));
  expect(await screen.findByText("ck_secret")).toBeVisible();
  expect(asked[0]).toMatchObject({ method: "POST", path: "/api/api-keys", body: { role: "viewer" } });
  await user.keyboard("{Escape}");
  expect(screen.getByText("ck_secret")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "I have it" }));
  expect(closed).toHaveBeenCalledOnce();
});

test("what the server says of a field stands at it", async () => {
  const user = userEvent.setup();
  const errors = [{ pointer: "/name", detail: "there is one of this name" }];
  answering(() => ({ status: 422, body: { title: "Not valid", detail: "Change it.", errors } }));
  rendered(<NewKey onClose={vi.fn()} />);
  await user.type(screen.getByLabelText("Name"), "Nightly import{Enter}");
  expect(await screen.findByText("there is one of this name")).toBeVisible();
  expect(screen.getByLabelText("Name")).toBeInvalid();
});
