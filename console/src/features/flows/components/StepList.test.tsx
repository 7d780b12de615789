// @vitest-environment jsdom

import { WAIT } from "@lib/testing/source";
import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { ToastRegion } from "@ui/Toast";
import { useState } from "react";
import { expect, test } from "vitest";
import { NEW } from "../drafts";
import { useSteps } from "../editing";
import { useDraft } from "../editor";
import type { Step } from "../steps";
import { EditingContext } from "./context";
import { StepList } from "./StepList";

const NAMES = new Map([["c1", { name: "Phone Lookup", icon: null }]]);
const STEPS: Step[] = [
  { id: "lookup", action: "connector", connectorId: "c1" },
  { id: "check", action: "if", condition: { value: "{{contact.city}}", operator: "is_empty" } },
  { id: "pause", action: "wait", seconds: 60 },
];

const PAUSE: Step = { id: "wait", action: "wait", seconds: 60 };

function Flow({ mayEdit = true }: { mayEdit?: boolean }) {
  const drafting = useDraft("ann", "f1", { ...NEW, steps: STEPS }, '"1"');
  const steps = useSteps(drafting, NAMES);
  const problems = new Map([["pause", [{ stepId: "pause", pointer: "/seconds", detail: "is too long" }]]]);
  return (
    <EditingContext.Provider
      value={{ ...steps, draft: drafting.draft, names: NAMES, mayEdit, problems, run: null, open: () => {} }}
    >
      <StepList />
      <p role="status">{steps.said}</p>
      <button type="button" onClick={drafting.undo}>
        Undo the last
      </button>
      <ToastRegion />
    </EditingContext.Provider>
  );
}

const titles = (list: HTMLElement) =>
  [...list.querySelectorAll("[data-step]")].map((card) => card.getAttribute("data-step"));

test("a step is moved by keyboard, into a branch and out of it, and keeps the focus", async () => {
  const user = userEvent.setup();
  render(<Flow />);
  const lookup = () => screen.getByRole("button", { name: "Phone Lookup" });
  lookup().focus();
  await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
  expect(titles(screen.getByRole("list", { name: "Then of If" }))).toEqual(["lookup"]);
  expect(screen.getByText("Phone Lookup is now in Then of If.")).toBeInTheDocument();
  expect(lookup()).toHaveFocus();
  await user.click(screen.getByRole("button", { name: "Move Phone Lookup down" }));
  expect(titles(screen.getByRole("list", { name: "Else of If" }))).toEqual(["lookup"]);
  expect(screen.getByRole("button", { name: "Move Phone Lookup down" })).toHaveFocus();
  await user.keyboard("{Enter}");
  expect(titles(screen.getByRole("list", { name: "Steps" }))).toEqual(["check", "lookup", "pause"]);
});

test("a step that is taken away comes back where it was", async () => {
  const user = userEvent.setup();
  render(<Flow />);
  screen.getByRole("button", { name: "If" }).focus();
  await user.keyboard("{Delete}");
  expect(titles(screen.getByRole("list", { name: "Steps" }))).toEqual(["lookup", "pause"]);
  const notice = (await screen.findByText("If is removed")).closest("[role=alertdialog]") as HTMLElement;
  await user.click(within(notice).getByRole("button", { name: "Undo" }));
  expect(titles(screen.getByRole("list", { name: "Steps" }))).toEqual(["lookup", "check", "pause"]);
});

test("another place is chosen among all places", async () => {
  const user = userEvent.setup();
  render(<Flow />);
  await user.click(screen.getByRole("button", { name: "More for Wait" }));
  await user.click(screen.getByRole("menuitem", { name: "Move to another place" }));
  await user.click(screen.getByRole("button", { name: "Place Wait at the start" }));
  expect(titles(screen.getByRole("list", { name: "Steps" }))).toEqual(["pause", "lookup", "check"]);
  await user.click(screen.getByRole("button", { name: "Undo the last" }));
  expect(titles(screen.getByRole("list", { name: "Steps" }))).toEqual(["lookup", "check", "pause"]);
});

test("what is wrong stands at its step, and who may only look can change nothing", () => {
  render(<Flow mayEdit={false} />);
  expect(screen.getByText("seconds: Is too long.")).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: /Move|Add action|More/ })).toBeNull();
});

function FirstStep() {
  const drafting = useDraft("ann", "f2", { ...NEW, steps: [] }, '"1"');
  const steps = useSteps(drafting, NAMES);
  const [isDrawn, setDrawn] = useState(false);
  const slot = { list: null, index: 0 };
  return (
    <EditingContext.Provider
      value={{
        ...steps,
        draft: drafting.draft,
        names: NAMES,
        mayEdit: true,
        problems: new Map(),
        run: null,
        open: () => {},
      }}
    >
      {isDrawn && <StepList />}
      {drafting.draft.steps.length === 0 && (
        <>
          <button
            type="button"
            onClick={() => steps.begin({ kind: "adding", slot, step: PAUSE, action: WAIT })}
          >
            Choose
          </button>
          <button type="button" onClick={() => steps.place(PAUSE)}>
            Add
          </button>
        </>
      )}
      <button type="button" tabIndex={-1} onClick={() => setDrawn(true)} data-testid="draw" />
    </EditingContext.Provider>
  );
}

test("the first step has the focus, though what shows it comes a moment later", async () => {
  const user = userEvent.setup();
  render(<FirstStep />);
  await user.click(screen.getByRole("button", { name: "Choose" }));
  await user.click(screen.getByRole("button", { name: "Add" }));
  fireEvent.click(screen.getByTestId("draw"));
  await waitFor(() => expect(screen.getByRole("button", { name: "Wait" })).toHaveFocus());
});
