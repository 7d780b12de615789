// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { FilterBar } from "./FilterBar";

function Filtered({ removes }: { removes: (remove: () => void) => void }) {
  const [names, setNames] = useState(["Flow", "Run", "Contact"]);
  const without = (name: string) => removes(() => setNames((was) => was.filter((one) => one !== name)));
  return (
    <FilterBar
      label="Filters"
      chips={names.map((name) => ({ id: name, label: name, value: "7", onRemove: () => without(name) }))}
      onClear={names.length > 0 ? () => removes(() => setNames([])) : null}
    >
      <input aria-label="Search" />
    </FilterBar>
  );
}

const any = (name: string) => screen.getByRole("button", { name: `Any ${name}` });

test("what is filtered by is taken away by keyboard, one after the other", async () => {
  const user = userEvent.setup();
  render(<Filtered removes={(remove) => remove()} />);
  any("run").focus();
  await user.keyboard("{Enter}");
  expect(any("contact")).toHaveFocus();
  await user.keyboard("{Enter}");
  expect(any("flow")).toHaveFocus();
  await user.keyboard("{Enter}");
  expect(screen.getByRole("textbox", { name: "Search" })).toHaveFocus();
});

test("the focus waits for an address that changes later, and stays with who has gone elsewhere", async () => {
  const user = userEvent.setup();
  const waiting: (() => void)[] = [];
  const { rerender } = render(<Filtered removes={(remove) => waiting.push(remove)} />);
  const answered = () => {
    waiting.shift()?.();
    rerender(<Filtered removes={(remove) => waiting.push(remove)} />);
  };
  any("flow").focus();
  await user.keyboard("{Enter}");
  expect(any("flow")).toHaveFocus();
  answered();
  expect(any("run")).toHaveFocus();
  await user.keyboard("{Enter}");
  screen.getByRole("textbox", { name: "Search" }).focus();
  answered();
  expect(screen.getByRole("textbox", { name: "Search" })).toHaveFocus();
});

test("who clears all filters goes on in their fields", async () => {
  const user = userEvent.setup();
  render(<Filtered removes={(remove) => remove()} />);
  screen.getByRole("button", { name: "Clear filters" }).focus();
  await user.keyboard("{Enter}");
  expect(screen.getByRole("textbox", { name: "Search" })).toHaveFocus();
});
