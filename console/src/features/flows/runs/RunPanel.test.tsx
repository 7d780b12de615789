// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { SESSION, served, shown } from "@/testing/shown";
import { NEW } from "../drafts";
import { RunPanel } from "./RunPanel";

/** As beside a flow: what opens it goes. */
function Flow() {
  const [isOpen, setOpen] = useState(false);
  if (!isOpen) {
    return (
      <button type="button" onClick={() => setOpen(true)}>
        Run
      </button>
    );
  }
  return (
    <RunPanel
      id={null}
      runId={null}
      contactId={null}
      draft={NEW}
      isDirty={false}
      isWrong={false}
      onSave={async () => null}
      onShow={() => undefined}
      onClose={() => undefined}
    />
  );
}

test("whoever opens the runs by keyboard is at the top of them", async () => {
  served({ "GET /api/session": () => SESSION });
  shown(<Flow />);
  await userEvent.click(await screen.findByRole("button", { name: "Run" }));
  expect(await screen.findByRole("heading", { name: /^Run(s| on sample contacts)$/ })).toHaveFocus();
});
