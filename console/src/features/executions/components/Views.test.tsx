// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test } from "vitest";
import { SESSION, served, shown } from "@/testing/shown";
import type { ExecutionSearch } from "../search";
import { Views } from "./Views";

function List() {
  const [search, setSearch] = useState<ExecutionSearch>({ status: "error" });
  return (
    <>
      <Views search={search} onSearch={setSearch} />
      <button type="button" onClick={() => setSearch({})}>
        All
      </button>
      <output>{JSON.stringify(search)}</output>
    </>
  );
}

afterEach(() => localStorage.clear());

test("filters are saved by a name, shown again by one press, and removed, all by keyboard", async () => {
  served({ "GET /api/session": () => ({ ...SESSION, workspace_id: "w1" }) });
  shown(<List />);
  const user = userEvent.setup();
  const menu = await screen.findByRole("button", { name: "Saved views" });
  const open = async () => {
    menu.focus();
    await user.keyboard("{Enter}");
    await screen.findByRole("menu");
  };
  await open();
  await user.keyboard("{Enter}");
  await user.type(await screen.findByRole("textbox", { name: "Name" }), "Failed{Enter}");
  await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
  await user.click(screen.getByRole("button", { name: "All" }));
  await open();
  await user.click(await screen.findByRole("menuitem", { name: "Failed" }));
  expect(screen.getByRole("status")).toHaveTextContent('{"status":"error"}');
  await open();
  expect(screen.getByRole("menuitem", { name: /Save these filters/ })).toHaveAttribute(
    "aria-disabled",
    "true",
  );
  await user.click(screen.getByRole("menuitem", { name: /Remove Failed/ }));
  await open();
  expect(screen.queryByRole("menuitem", { name: "Failed" })).toBeNull();
});
