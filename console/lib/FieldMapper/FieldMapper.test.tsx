// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import type { DataSource, FieldMapping, MappingOptions, PreviewAsked } from "../data-source";
import { allWritten, aSource, ENRICHMENT, within } from "../testing/source";
import { FieldMapper } from "./FieldMapper";

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
});

interface KeptProps {
  first: readonly FieldMapping[];
  contactId: string | null;
  onMappings: (mappings: readonly FieldMapping[]) => void;
}

function Kept({ first, contactId, onMappings }: KeptProps) {
  const [mappings, setMappings] = useState(first);
  const [options, setOptions] = useState<MappingOptions>({});
  const [who, setWho] = useState(contactId);
  onMappings(mappings);
  return (
    <FieldMapper
      action={ENRICHMENT}
      value={mappings}
      onChange={setMappings}
      options={options}
      onOptionsChange={setOptions}
      contactId={who}
      onContactChange={setWho}
    />
  );
}

function show(source: DataSource, first: readonly FieldMapping[] = [], contactId: string | null = "j") {
  const kept = { mappings: first };
  const keep = (mappings: readonly FieldMapping[]) => {
    kept.mappings = mappings;
  };
  within(source, <Kept first={first} contactId={contactId} onMappings={keep} />);
  return kept;
}

test("Enter on a line of the response makes a mapping to the field of that name", async () => {
  const user = userEvent.setup();
  const kept = show(aSource());
  await screen.findByRole("treegrid", { name: "Response" });
  await user.click(screen.getByRole("row", { name: /city/ }));
  await user.keyboard("{Enter}");
  await waitFor(() => expect(kept.mappings.length).toBeGreaterThan(0));
  expect(kept.mappings[0]).toEqual({
    sourcePath: "identity.city",
    targetField: "city",
    targetType: "user_field",
  });
});

test("suggestions are added one by one or all at once", async () => {
  const user = userEvent.setup();
  const kept = show(aSource());
  await user.click(await screen.findByRole("button", { name: "Add all 3" }));
  expect(kept.mappings.map((each) => [each.sourcePath, each.targetField])).toEqual([
    ["identity.firstName", "first_name"],
    ["identity.city", "city"],
    ["phones[0].phone", "phone"],
  ]);
  expect(screen.queryByRole("region", { name: "Suggested mappings" })).not.toBeInTheDocument();
});

test("each mapping says what it would do to the contact, and who wrote what is there", async () => {
  const asked = vi.fn();
  const previewMapping = async (wanted: PreviewAsked) => {
    asked(wanted);
    return allWritten(wanted);
  };
  show(aSource({ previewMapping }), [{ sourcePath: "identity.city", targetField: "city" }]);
  expect(await screen.findByText("Written")).toBeInTheDocument();
  expect(screen.getByRole("group", { name: "Mapping 1" })).toHaveTextContent(/old.*new.*was by ann/);
  expect(screen.getByText("1 written")).toBeInTheDocument();
  expect(asked).toHaveBeenLastCalledWith(expect.objectContaining({ contactId: "j" }));
});

test("what is wrong is said with its reason", async () => {
  const previewMapping = async (wanted: PreviewAsked) => {
    const [line] = allWritten(wanted).mappings;
    return {
      contactId: null,
      created: false,
      reason: "no contact was found, and createIfNotExists is off",
      mappings: line
        ? [{ ...line, outcome: "refused" as const, reason: "value", detail: "it is no email address" }]
        : [],
    };
  };
  show(aSource({ previewMapping }), [{ sourcePath: "identity.city", targetField: "email" }], null);
  expect(await screen.findByText("Refused")).toBeInTheDocument();
  expect(screen.getByText("it is no email address")).toBeInTheDocument();
  expect(screen.getByText(/Nothing would be written: no contact was found/)).toBeInTheDocument();
});

test("a new custom field is named by typing", async () => {
  const user = userEvent.setup();
  const kept = show(aSource(), [{ sourcePath: "identity.id", targetField: "" }]);
  await user.click(await screen.findByRole("combobox", { name: "Contact field of mapping 1" }));
  await user.keyboard("acuity id");
  await user.click(await screen.findByRole("option", { name: /acuity id/ }));
  expect(kept.mappings[0]).toMatchObject({ targetField: "acuity id", targetType: "custom_field" });
  expect(screen.getByText("A new custom field, made with its first value")).toBeInTheDocument();
});

test("details are in plain words, and only what is said is kept", async () => {
  const user = userEvent.setup();
  const kept = show(aSource(), [{ sourcePath: "identity.city", targetField: "city" }]);
  await user.click(await screen.findByRole("button", { name: "Details" }));
  await user.type(screen.getByRole("textbox", { name: /If there is nothing, write/ }), "5");
  expect(kept.mappings[0]).toEqual({ sourcePath: "identity.city", targetField: "city", default: 5 });
  await user.click(screen.getByRole("button", { name: /If the value does not fit/ }));
  await user.click(await screen.findByRole("option", { name: /Write nothing at all/ }));
  expect(kept.mappings[0]).toMatchObject({ onError: "fail" });
  expect(screen.getByText("else “5” · must be written, or nothing is")).toBeInTheDocument();
});

test("a template is added, and one is saved under a name", async () => {
  const user = userEvent.setup();
  const source = aSource();
  const kept = show(source);
  await user.click(await screen.findByRole("button", { name: "Templates of mappings" }));
  await user.click(await screen.findByRole("menuitem", { name: "Add “Basic identity”" }));
  expect(kept.mappings).toEqual([{ sourcePath: "identity.city", targetField: "city" }]);
  await user.click(screen.getByRole("button", { name: "Templates of mappings" }));
  await user.click(await screen.findByRole("menuitem", { name: /Save these/ }));
  await user.click(screen.getByRole("textbox", { name: "Name" }));
  await user.paste("Mine");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() =>
    expect(source.saveTemplate).toHaveBeenCalledWith("c1", { name: "Mine", mappings: kept.mappings }, false),
  );
});

test("without an answer one is pasted", async () => {
  const user = userEvent.setup();
  show(aSource({ sample: async () => undefined }));
  await user.click(await screen.findByRole("button", { name: "Paste an answer" }));
  await user.click(screen.getByRole("textbox", { name: "An answer, as JSON" }));
  await user.paste('{"email":"a@b.c"}');
  await user.click(screen.getByRole("button", { name: "Use it" }));
  expect(screen.getByRole("button", { name: "Paste another answer" })).toHaveFocus();
  expect(await screen.findByRole("region", { name: "Suggested mappings" })).toHaveTextContent("email");
});

test("a removed mapping takes its open details with it", async () => {
  const user = userEvent.setup();
  const kept = show(aSource(), [
    { sourcePath: "identity.city", targetField: "city" },
    { sourcePath: "identity.firstName", targetField: "first_name" },
  ]);
  const [first] = await screen.findAllByRole("button", { name: "Details" });
  await user.click(first as HTMLElement);
  await user.click(screen.getByRole("button", { name: "Remove mapping 1" }));
  expect(kept.mappings).toHaveLength(1);
  expect(screen.getByRole("button", { name: "Details" })).toHaveAttribute("aria-expanded", "false");
});

test("whoever takes suggestions by keyboard goes on with the next one, after the last at what adds another", async () => {
  const user = userEvent.setup();
  const kept = show(aSource());
  const chip = (text: RegExp) => screen.getByRole("button", { name: text });
  (await screen.findByRole("button", { name: /identity.city/ })).focus();
  await user.keyboard("{Enter}");
  expect(chip(/phones\[0\].phone/)).toHaveFocus();
  await user.keyboard("{Enter}");
  expect(chip(/identity.firstName/)).toHaveFocus();
  await user.keyboard("{Enter}");
  expect(kept.mappings).toHaveLength(3);
  expect(screen.getByRole("button", { name: "Add mapping" })).toHaveFocus();
});

test("whoever removes mappings by keyboard goes on where they were", async () => {
  const user = userEvent.setup();
  const mapping = (field: string): FieldMapping => ({
    sourcePath: `identity.${field}`,
    targetField: field,
    targetType: "user_field",
  });
  const kept = show(aSource(), [mapping("city"), mapping("zip")]);
  (await screen.findByRole("button", { name: "Remove mapping 1" })).focus();
  await user.keyboard("{Enter}");
  expect(kept.mappings).toEqual([mapping("zip")]);
  expect(screen.getByRole("button", { name: "Remove mapping 1" })).toHaveFocus();
  await user.keyboard("{Enter}");
  expect(screen.getByRole("button", { name: "Add mapping" })).toHaveFocus();
});
