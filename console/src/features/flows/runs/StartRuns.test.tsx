// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { SESSION, served, shown } from "@/testing/shown";
import { NEW } from "../drafts";
import { StartRuns } from "./StartRuns";

test("a run that is begun for somebody has them chosen, and is of them", async () => {
  const onShow = vi.fn();
  const asked = served({
    "GET /api/session": () => SESSION,
    "GET /api/contacts": () => ({ contacts: [], next_cursor: null }),
    "GET /api/contacts/c-1": () => ({ id: "c-1", first_name: "Jane", last_name: "Doe" }),
    "POST /api/flows/f-1/runs": () => ({ runs: ["r-1"] }),
  });
  shown(
    <StartRuns
      id="f-1"
      runId={null}
      contactId="c-1"
      draft={{ ...NEW, name: "A flow" }}
      isDirty={false}
      isWrong={false}
      onSave={async () => "f-1"}
      onShow={onShow}
      onClose={() => undefined}
    />,
  );
  await userEvent.setup().click(await screen.findByRole("button", { name: "Run on 1 contact" }));
  await expect.poll(() => onShow.mock.calls).toEqual([["r-1"]]);
  const sent = asked.find(({ method }) => method === "POST");
  expect(sent?.body).toMatchObject({ runs: [{ contact_id: "c-1" }] });
});
