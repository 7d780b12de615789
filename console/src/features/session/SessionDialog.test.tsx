// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { hasSessionEnded, sessionEnded, sessionResumed } from "@/api/session-end";
import { answering, rendered } from "@/testing/server";
import { sessionQuery } from "./queries";
import SessionDialog from "./SessionDialog";

const SESSION = {
  workspace_id: "w",
  user_id: "ann",
  kind: "user" as const,
  role: "viewer" as const,
  scopes: [],
  api_key_id: null,
  has_flows: false,
};

/** As the server says it. */
async function ended() {
  const answers = globalThis.fetch;
  vi.stubGlobal("fetch", vi.fn().mockResolvedValue(new Response("{}", { status: 401 })));
  await sessionEnded();
  vi.stubGlobal("fetch", answers);
}

afterEach(() => {
  vi.unstubAllGlobals();
  sessionResumed();
});

test("signing in again takes the session up, as whoever one is now", async () => {
  const user = userEvent.setup();
  answering(({ method }) => (method === "POST" ? { status: 204 } : { body: { ...SESSION, role: "admin" } }));
  await ended();
  const client = rendered(<SessionDialog />);
  client.setQueryData(sessionQuery.queryKey, SESSION);
  await user.type(screen.getByLabelText("Token"), "t0ken");
  await user.keyboard("{Enter}");
  await waitFor(() => expect(hasSessionEnded()).toBe(false));
  expect(client.getQueryData(sessionQuery.queryKey)?.role).toBe("admin");
});

test("a token that is refused is said at its field, and Escape is no way past it", async () => {
  const user = userEvent.setup();
  answering(() => ({ status: 401, body: { title: "Not signed in", detail: "The token has expired." } }));
  await ended();
  rendered(<SessionDialog />);
  await user.type(screen.getByLabelText("Token"), "old{Enter}");
  expect(await screen.findByText("The token has expired.")).toBeVisible();
  await user.keyboard("{Escape}");
  expect(screen.getByRole("alertdialog", { name: "Your session has ended" })).toBeVisible();
  expect(hasSessionEnded()).toBe(true);
});
