// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { NEW } from "../drafts";
import { useSteps } from "../editing";
import { useDraft } from "../editor";
import type { Step } from "../steps";
import { EditingContext } from "./context";
import StepDialogs from "./StepDialogs";

const NAMES = new Map();
const STEPS: Step[] = [
  { id: "check", action: "if", condition: { value: "{{contact.city}}", operator: "equals", than: "Rome" } },
];

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (path) => {
    const body = String(path).startsWith("/api/actions") ? { actions: [], next_cursor: null } : [];
    return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
  });
});

function Opened({ onClose }: { onClose: () => void }) {
  const drafting = useDraft("ann", "f1", { ...NEW, steps: STEPS }, '"1"');
  const steps = useSteps(drafting, NAMES);
  const editing = { names: NAMES, mayEdit: true, problems: new Map(), run: null, open: () => {} };
  return (
    <EditingContext.Provider value={{ ...steps, ...editing, draft: drafting.draft }}>
      <StepDialogs
        flowId={null}
        steps={steps}
        opened="check"
        onClose={onClose}
        contactId={null}
        onContactChange={() => {}}
      />
    </EditingContext.Provider>
  );
}

test("a condition that was typed is not dropped without a question", async () => {
  const user = userEvent.setup();
  const onClose = vi.fn();
  render(<Opened onClose={onClose} />, {
    wrapper: ({ children }) => (
      <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>
    ),
  });
  await user.click(await screen.findByRole("button", { name: "Add a comparison" }));
  await user.keyboard("{Escape}");
  expect(screen.getByRole("alertdialog", { name: "Drop what you have changed?" })).toBeInTheDocument();
  expect(onClose).not.toHaveBeenCalled();
  await user.click(screen.getByRole("button", { name: "Go on" }));
  await user.click(screen.getByRole("button", { name: "Remove comparison 2" }));
  expect(screen.getByRole("button", { name: "Add a comparison" })).toHaveFocus();
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(onClose).toHaveBeenCalledOnce();
});
