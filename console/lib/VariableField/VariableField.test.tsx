// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { TokenFieldValue } from "react-aria-components";
import { expect, test, vi } from "vitest";
import { JANE } from "../testing/source";
import { Template } from "./state";
import { contactVariables } from "./template";
import { VariableField } from "./VariableField";

// What jsdom has not: where a caret is.
Range.prototype.getBoundingClientRect ??= () =>
  ({ top: 0, bottom: 0, left: 0, right: 0, x: 0, y: 0 }) as DOMRect;

const VARIABLES = contactVariables(JANE, []);

function Kept({ first, onText }: { first: string; onText: (text: string) => void }) {
  const [value, setValue] = useState(first);
  const change = (text: string) => {
    onText(text);
    setValue(text);
  };
  return <VariableField label="Greeting" value={value} onChange={change} variables={VARIABLES} />;
}

function show(first: string) {
  const changed = vi.fn();
  render(<Kept first={first} onText={changed} />);
  return changed;
}

test("pills stand in the text, an unknown one says so, and the text is told with values", () => {
  show("Hello {{contact.first_name}}");
  expect(screen.getByTitle("Contact: Jane")).toHaveTextContent("contact.first_name");
  expect(screen.getByText("Hello Jane")).toBeInTheDocument();
});

test("a name that nobody gives is marked, and stays as it is", () => {
  show("{{ nobody.knows | trim }}!");
  expect(screen.getByTitle("No earlier step gives this")).toHaveTextContent("nobody.knows | trim");
});

test("the button asks for a variable, arrows and Enter take one", async () => {
  const user = userEvent.setup();
  const changed = show("");
  await user.click(screen.getByRole("button", { name: "Insert a variable into Greeting" }));
  const field = screen.getByRole("combobox", { name: "Greeting" });
  expect(field).toHaveFocus();
  expect(field).toHaveAttribute("aria-expanded", "true");
  await user.keyboard("{ArrowDown}{Enter}");
  expect(changed).toHaveBeenLastCalledWith("{{contact.last_name}}");
  expect(field).toHaveAttribute("aria-expanded", "false");
});

test("Escape leaves the text as it is typed", async () => {
  const user = userEvent.setup();
  show("");
  await user.click(screen.getByRole("button", { name: "Insert a variable into Greeting" }));
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("listbox")).not.toBeInTheDocument();
  expect(screen.getByRole("combobox", { name: "Greeting" })).toHaveTextContent("{{");
});

const at = (template: Template, index: number, offset: number) =>
  template.withSelectedRange(new TokenFieldValue.SelectedRange({ index, offset })) as Template;

test("what is typed up to the closing braces becomes a pill, whatever surrounds it", () => {
  const typed = at(Template.of("a {{b} c"), 0, 6).replaceRange(
    { index: 0, offset: 6 },
    { index: 0, offset: 6 },
    "}",
  );
  expect(typed.segments.map((segment) => segment.type)).toEqual(["text", "token", "text"]);
  expect(typed.toString()).toBe("a {{b}} c");
});

test("a chosen variable takes the place of what was typed for it", () => {
  const made = at(Template.of("To {{pho and more"), 0, 8).completed("contact.phone");
  expect(made.toString()).toBe("To {{contact.phone}} and more");
  expect(made.beforeCaret).toBe("");
});

test("a long text with many pills stays exact", () => {
  const text = "x{{a.b}} ".repeat(500);
  expect(Template.of(text).toString()).toBe(text);
});
