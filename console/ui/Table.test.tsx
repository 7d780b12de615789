// @vitest-environment jsdom
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { FilterBar, SearchFilter } from "./FilterBar";
import { Pager } from "./Pager";
import { type Column, Table } from "./Table";

interface Row {
  id: string;
  name: string;
}

const COLUMNS: Column<Row>[] = [
  { id: "name", title: "Name", cell: ({ name }) => name },
  {
    id: "act",
    title: "Actions",
    titleHidden: true,
    align: "end",
    cell: () => <button type="button">Go</button>,
  },
];

test("it is a table to those who cannot see it", () => {
  render(
    <Table label="People" columns={COLUMNS} rows={[{ id: "1", name: "Jo" }]} rowKey={(row: Row) => row.id} />,
  );
  const table = screen.getByRole("table", { name: "People" });
  expect(
    within(table)
      .getAllByRole("columnheader")
      .map((cell) => cell.textContent),
  ).toEqual(["Name", "Actions"]);
  expect(within(table).getByRole("cell", { name: "Jo" })).toBeInTheDocument();
});

test("more is asked for by keyboard", async () => {
  const more = vi.fn();
  render(<Pager shown="50 executions" hasMore isLoading={false} onMore={more} />);
  expect(screen.getByRole("status")).toHaveTextContent("50 executions so far");
  const user = userEvent.setup();
  await user.tab();
  await user.keyboard("{Enter}");
  expect(more).toHaveBeenCalledOnce();
});

test("a filter without a field can be taken away", async () => {
  const remove = vi.fn();
  const clear = vi.fn();
  render(
    <FilterBar
      label="Filters"
      chips={[{ id: "flow", label: "Flow", value: "f-1", onRemove: remove }]}
      onClear={clear}
    >
      <span />
    </FilterBar>,
  );
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "Any flow" }));
  await user.click(screen.getByRole("button", { name: "Clear filters" }));
  expect([remove.mock.calls.length, clear.mock.calls.length]).toEqual([1, 1]);
});

test("what is typed while the address changes is not lost", async () => {
  const told: string[] = [];
  const field = (value: string) => (
    <SearchFilter label="Search" value={value} onChange={(text) => told.push(text)} />
  );
  const { rerender } = render(field(""));
  const user = userEvent.setup();
  const input = screen.getByRole("searchbox", { name: "Search" });
  await user.type(input, "ab");
  await vi.waitFor(() => expect(told).toEqual(["ab"]));
  await user.type(input, "c");
  rerender(field("ab"));
  expect(input).toHaveValue("abc");
  await vi.waitFor(() => expect(told).toEqual(["ab", "abc"]));
  rerender(field("abc"));
  rerender(field("other"));
  expect(input).toHaveValue("other");
});

test("who has the focus in a row that goes, goes on in the one that takes its place", async () => {
  const rows = ["1", "2", "3"].map((id) => ({ id, name: `Row ${id}` }));
  const table = (shown: Row[]) => (
    <Table label="People" columns={COLUMNS} rows={shown} rowKey={(row: Row) => row.id} />
  );
  const { rerender } = render(table(rows));
  const [, second] = screen.getAllByRole("button", { name: "Go" });
  second?.focus();
  rerender(table(rows.filter(({ id }) => id !== "2")));
  expect(screen.getByRole("row", { name: /Row 3/ })).toContainElement(document.activeElement as HTMLElement);
  rerender(table(rows.slice(0, 1)));
  expect(screen.getByRole("row", { name: /Row 1/ })).toContainElement(document.activeElement as HTMLElement);
});
