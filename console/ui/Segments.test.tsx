// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { Segments } from "./Segments";

const OPTIONS = [
  { id: "GET", label: "GET" },
  { id: "POST", label: "POST" },
];

function Methods() {
  const [value, setValue] = useState("GET");
  return <Segments label="HTTP method" options={OPTIONS} value={value} onChange={setValue} />;
}

test("one of them is chosen, by keyboard too, and never none", async () => {
  const user = userEvent.setup();
  render(<Methods />);
  await user.tab();
  await user.keyboard("{ArrowRight}{Enter}");
  expect(screen.getByRole("radio", { name: "POST" })).toBeChecked();
  await user.keyboard("{Enter}");
  expect(screen.getByRole("radio", { name: "POST" })).toBeChecked();
  expect(screen.getByRole("radio", { name: "GET" })).not.toBeChecked();
});
