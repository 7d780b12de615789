// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { StrictMode } from "react";
import { expect, test, vi } from "vitest";
import type { DataSource } from "../data-source";
import { aSource, BROKEN, ENRICHMENT, WAIT, within } from "../testing/source";
import { ActionPicker } from "./ActionPicker";
import { gives, needs, pickerGroups, record } from "./model";

test("one types, goes down and takes it by Enter", async () => {
  const user = userEvent.setup();
  const picked = vi.fn();
  within(aSource(), <ActionPicker onPick={picked} />);
  await screen.findByRole("option", { name: /Phone Number/ });
  await waitFor(() => expect(screen.getByRole("searchbox")).toHaveFocus());
  // Not by user-event, which answers the library's own events of a focus that moves with one more, while React works.
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "phone" } });
  await waitFor(() => expect(screen.queryByRole("option", { name: /Wait/ })).not.toBeInTheDocument());
  await user.keyboard("{ArrowDown}{Enter}");
  expect(picked).toHaveBeenCalledWith(ENRICHMENT);
});

test("Enter while it is being looked for takes the first of what is found, not of what was there", async () => {
  const user = userEvent.setup();
  const picked = vi.fn();
  const source = aSource();
  const answers: (() => void)[] = [];
  const actions: DataSource["actions"] = async (asked, signal) => {
    if (asked.text) await new Promise<void>((resolve) => answers.push(resolve));
    return source.actions(asked, signal);
  };
  within({ ...source, actions }, <ActionPicker onPick={picked} />);
  await screen.findByRole("option", { name: /Wait/ });
  const search = screen.getByRole("searchbox");
  await waitFor(() => expect(search).toHaveFocus());
  fireEvent.change(search, { target: { value: "phone" } });
  await user.keyboard("{Enter}");
  expect(picked).not.toHaveBeenCalled();
  await waitFor(() => expect(answers).toHaveLength(1));
  answers[0]?.();
  await waitFor(() => expect(picked).toHaveBeenCalledExactlyOnceWith(ENRICHMENT));
});

test("arrows and Enter before anything is listed take the first of what is found", async () => {
  const user = userEvent.setup();
  const picked = vi.fn();
  const source = aSource();
  const answers: (() => void)[] = [];
  const actions: DataSource["actions"] = async (asked, signal) => {
    await new Promise<void>((resolve) => answers.push(resolve));
    return source.actions(asked, signal);
  };
  within({ ...source, actions }, <ActionPicker onPick={picked} />);
  const search = screen.getByRole("searchbox");
  await waitFor(() => expect(search).toHaveFocus());
  fireEvent.change(search, { target: { value: "phone" } });
  await user.keyboard("{ArrowDown}{Enter}");
  expect(picked).not.toHaveBeenCalled();
  await waitFor(() => expect(answers).toHaveLength(2));
  for (const answer of answers) answer();
  await waitFor(() => expect(picked).toHaveBeenCalledExactlyOnceWith(ENRICHMENT));
});

test("the line that arrows have gone to is taken, and not the first", async () => {
  const user = userEvent.setup();
  const picked = vi.fn();
  within(aSource(), <ActionPicker onPick={picked} />);
  await screen.findByRole("option", { name: /Phone Number/ });
  await waitFor(() => expect(screen.getByRole("searchbox")).toHaveFocus());
  await user.keyboard("{ArrowDown}{ArrowDown}");
  await user.keyboard("{Enter}");
  expect(picked).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: "c1" }));
});

test("one that cannot be used says why, and is not taken", async () => {
  const user = userEvent.setup();
  const picked = vi.fn();
  within(aSource(), <ActionPicker onPick={picked} />);
  await user.click(await screen.findByRole("option", { name: /Company/ }));
  expect(picked).not.toHaveBeenCalled();
  expect(screen.getByRole("alert")).toHaveTextContent("The connector is switched off; enable it.");
});

test("what was taken last comes first", async () => {
  const user = userEvent.setup();
  const source = aSource();
  const { unmount } = within(source, <ActionPicker onPick={() => {}} />);
  await user.click(await screen.findByRole("option", { name: /Wait/ }));
  unmount();
  within(source, <ActionPicker onPick={() => {}} />);
  const [first] = await screen.findAllByRole("group");
  expect(first).toHaveTextContent("Used last");
  expect(first).toHaveTextContent("Wait");
});

test("a host that does not answer is said, and asked again", async () => {
  const user = userEvent.setup();
  let isAway = true;
  const source = aSource();
  const actions: typeof source.actions = async (asked, signal) => {
    if (isAway) throw new Error("nobody there");
    return source.actions(asked, signal);
  };
  within({ ...source, actions }, <ActionPicker onPick={() => {}} />);
  expect(await screen.findByText("nobody there")).toBeInTheDocument();
  isAway = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("option", { name: /Wait/ })).toBeInTheDocument();
});

test("the next page comes, also where everything is mounted twice", async () => {
  const user = userEvent.setup();
  const actions: DataSource["actions"] = async ({ cursor }, signal) => {
    signal.throwIfAborted();
    return cursor ? { actions: [ENRICHMENT], next_cursor: null } : { actions: [WAIT], next_cursor: "2" };
  };
  within(
    aSource({ actions }),
    <StrictMode>
      <ActionPicker onPick={() => {}} />
    </StrictMode>,
  );
  await user.click(await screen.findByRole("button", { name: "Show more" }));
  expect(await screen.findByRole("option", { name: /Phone Number/ })).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Show more" })).not.toBeInTheDocument();
});

test("each action is in one group", () => {
  const groups = pickerGroups([WAIT, ENRICHMENT, BROKEN], "all", ["c1"], false);
  expect(groups.map((group) => [group.label, group.actions.map((each) => each.id)])).toEqual([
    ["Used last", ["c1"]],
    ["Basic actions", ["wait"]],
    ["Custom connectors", ["c2"]],
  ]);
  expect(pickerGroups([WAIT, ENRICHMENT], "integrations", ["c1"], false)).toHaveLength(1);
});

test("what is to be known before it is chosen", () => {
  expect([needs(ENRICHMENT), gives(ENRICHMENT), record(ENRICHMENT)]).toEqual([
    "Needs Phone number",
    "Gives identity.firstName",
    "98% of 1,204 succeeded · about 240 ms",
  ]);
  expect(needs(WAIT)).toBe("Takes Seconds, Until");
  expect(record({ ...ENRICHMENT, executions: 0, success_rate: null })).toBe("Not used in the last 30 days");
});
