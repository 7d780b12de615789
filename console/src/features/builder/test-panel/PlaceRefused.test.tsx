// @vitest-environment jsdom
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { expect, test } from "vitest";
import type { RefusedPlace, Tried } from "@/api/schema";
import { SESSION, served, shown } from "@/testing/shown";
import { NEW, type Values } from "../values";
import { TestPanel } from "./TestPanel";
import { TrialProvider } from "./trial";

const PLACE: RefusedPlace = { host: "127.0.0.1", port: 8080, permitter: "administrator" };
const ADMIN = { ...SESSION, scopes: [...SESSION.scopes, "workspace:admin"] };
const MESSAGE = "The host 127.0.0.1 is at an address that may not be called (loopback).";

const refused = (place: RefusedPlace) =>
  ({
    executionId: "e1",
    success: false,
    time: 1,
    error: { type: "address_refused", message: MESSAGE, place },
  }) as unknown as Tried;
const SUCCEEDED = { executionId: "e2", success: true, time: 2, output: 1 } as unknown as Tried;

function Form({ children }: { children: ReactNode }) {
  const form = useForm<Values>({ defaultValues: { ...NEW, name: "Weather" } });
  return <FormProvider {...form}>{children}</FormProvider>;
}

async function tested(place: RefusedPlace, session: object) {
  const answers = [refused(place), SUCCEEDED];
  const asked = served({
    "GET /api/session": () => session,
    "GET /api/connectors": () => ({ connectors: [] }),
    "POST /api/connectors/test": () => answers.shift(),
    "POST /api/network-grants": () => Response.json({ id: "g1" }, { status: 201 }),
  });
  shown(
    <Form>
      <TrialProvider
        connectorId={null}
        draft={() => ({ name: "Weather" })}
        onRefused={() => undefined}
        onLead={() => undefined}
        examples={[]}
        keepLater={() => undefined}
      >
        <TestPanel onClose={() => undefined} onPick={() => undefined} />
      </TrialProvider>
    </Form>,
  );
  await userEvent.click(await screen.findByRole("button", { name: "Test request" }));
  return { note: within(await screen.findByRole("alert")), asked };
}

test("an administrator allows the place where it stands, and the test runs again", async () => {
  const { note, asked } = await tested(PLACE, ADMIN);
  expect(note.getByText(MESSAGE)).toBeTruthy();
  await userEvent.click(await note.findByRole("button", { name: "Allow 127.0.0.1:8080" }));
  await userEvent.click(await screen.findByRole("button", { name: "Allow it and test again" }));
  await screen.findByText("Success");
  expect(asked.find(({ path }) => path === "/api/network-grants")?.body).toEqual({
    host: "127.0.0.1",
    port: 8080,
    reason: "Weather calls it",
    connector_id: null,
  });
  expect(asked.filter(({ path }) => path === "/api/connectors/test")).toHaveLength(2);
});

test("an address of IPv6 is given as a grant is written", async () => {
  const { note, asked } = await tested({ ...PLACE, host: "::1" }, ADMIN);
  await userEvent.click(await note.findByRole("button", { name: "Allow [::1]:8080" }));
  await userEvent.click(await screen.findByRole("button", { name: "Allow it and test again" }));
  await screen.findByText("Success");
  expect(asked.find(({ path }) => path === "/api/network-grants")?.body).toMatchObject({ host: "[::1]" });
});

test("whoever may not is told whom to ask, and where", async () => {
  const { note } = await tested(PLACE, SESSION);
  expect(note.getByText(/Ask an administrator of your workspace/).textContent).toContain(
    "127.0.0.1:8080 under Settings, Network access",
  );
  expect(note.queryByRole("button")).toBeNull();
});

test.each([
  ["allowed_origins", ADMIN, "Settings, Workspace"],
  ["allowed_origins", SESSION, "Settings, Workspace"],
  ["operator", ADMIN, "whoever operates this installation"],
  ["nobody", ADMIN, "Nobody can allow this address"],
] as const)("what is for %s to let through is not offered", async (permitter, session, told) => {
  const { note } = await tested({ ...PLACE, permitter }, session);
  expect((await screen.findByRole("alert")).textContent).toContain(told);
  expect(note.queryByRole("button")).toBeNull();
});
