import { expect, test } from "vitest";
import { partsOf } from "./shown";
import type { Step } from "./steps";

const told = (step: Step) =>
  partsOf(step).map(({ title, lines }) => [title, ...lines.map(({ name, value }) => `${name}: ${value}`)]);

test("a call tells what it is told, what it writes and how", () => {
  const step: Step = {
    id: "enrich",
    action: "connector",
    connectorId: "c1",
    inputs: { phoneNumber: "{{contact.phone}}", retries: 2, note: "" },
    fieldMappings: [
      { sourcePath: "identity.city", targetField: "city" },
      { sourcePath: "income", targetField: "income", targetType: "custom_field", default: 0 },
    ],
    options: { overwriteExisting: false },
    storeAs: "enriched",
    onError: "continue",
  };
  expect(told(step)).toEqual([
    ["Inputs", "phoneNumber: {{contact.phone}}", "retries: 2", "note: nothing"],
    ["Fields of the contact that it writes", "city: identity.city", "income (custom field): income, else 0"],
    [
      "What else",
      "Creates a contact if there is none: no",
      "Updates a contact that is there: only fields that are empty",
      "Keeps its answer as: enriched",
    ],
    ["When it fails", "The flow: goes on"],
  ]);
});

test.each<[Step, unknown]>([
  [{ id: "w", action: "wait", seconds: 3600 }, [["Waits", "For: 1 hour"]]],
  [{ id: "w", action: "wait" }, []],
  [{ id: "u", action: "update_contact", customFields: { known: "yes" } }, [["Custom fields", "known: yes"]]],
  [
    { id: "i", action: "if", condition: { value: "{{contact.city}}", operator: "is_not_empty" } },
    [["Condition", "Goes on with Then if: contact.city is not empty"]],
  ],
])("%j", (step, parts) => {
  expect(told(step)).toEqual(parts);
});
