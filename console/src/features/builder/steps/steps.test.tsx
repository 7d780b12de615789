// @vitest-environment jsdom
import { readFileSync } from "node:fs";
import { parseJson } from "@json/exact";
import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactNode, useEffect } from "react";
import { FormProvider, type UseFormReturn, useForm } from "react-hook-form";
import { beforeEach, expect, test } from "vitest";
import type { ConnectorView } from "@/api/schema";
import { served, shown } from "@/testing/shown";
import { fromConnector, toDraft } from "../draft";
import { copied } from "../history";
import { emptyInput, emptyQuery } from "../rows";
import { TrialProvider, useTrial } from "../test-panel/trial";
import { NEW, type Values } from "../values";
import AdvancedStep from "./AdvancedStep";
import ApiConfigStep from "./ApiConfigStep";

const STORED = parseJson(readFileSync("src/features/builder/every-option.json", "utf8"));
const METHODS = ["GET", "POST"].map((name) => ({ name, repeatable: name === "GET" }));
let form: UseFormReturn<Values>;

function Form({ values, children }: { values: Values; children: ReactNode }) {
  const made = useForm<Values>({ defaultValues: values });
  useEffect(() => {
    form = made;
  });
  return (
    <FormProvider {...made}>
      <TrialProvider
        connectorId={null}
        draft={() => ({})}
        onRefused={() => undefined}
        onLead={() => undefined}
        examples={[]}
        keepLater={() => undefined}
      >
        {children}
        <Tested />
      </TrialProvider>
    </FormProvider>
  );
}

/** What the test would be told. */
function Tested() {
  const { inputs } = useTrial();
  return <output aria-label="Inputs of the test">{JSON.stringify(inputs)}</output>;
}

function step(part: ReactNode, values: Partial<Values> = {}) {
  shown(<Form values={{ ...NEW, ...values }}>{part}</Form>);
  return userEvent.setup();
}

beforeEach(() => {
  served({ "GET /api/connector-kinds": () => ({ auth: [], methods: METHODS, bodies: [] }) });
});

test.each([
  ["API configuration", <ApiConfigStep key="api" />, "Add parameter", 40],
  ["Advanced settings", <AdvancedStep key="advanced" />, "What a status means", 20],
])(
  "a connector with every option goes through %s, all of it opened, and is as it was",
  async (_, part, button, fields) => {
    step(part, fromConnector(copied(STORED) as unknown as ConnectorView));
    await screen.findByRole("button", { name: button });
    // Some stand in others.
    for (let level = 0; level < 4; level += 1) {
      act(() => {
        for (const trigger of document.querySelectorAll<HTMLElement>("h4 [aria-expanded=false]"))
          trigger.click();
      });
    }
    expect(document.querySelectorAll("input").length).toBeGreaterThan(fields);
    // What is shown of a number is rounded, and taken when it is left.
    act(() => {
      for (const number of document.querySelectorAll<HTMLInputElement>("input[inputmode]")) {
        number.focus();
        number.blur();
      }
    });
    expect(toDraft(form.getValues())).toEqual(STORED);
  },
);

test("a parameter that becomes an input has a name already", async () => {
  const user = step(<ApiConfigStep />, { query: [{ ...emptyQuery(), key: "phone-no", source: "static" }] });
  await user.click(await screen.findByRole("button", { name: /Value source of parameter 1/ }));
  await user.click(await screen.findByRole("option", { name: /^User input/ }));
  expect(await screen.findByLabelText("Input of parameter 1")).toHaveValue("phoneNo");
});

test("a value that becomes an input is needed, and what the test begins with", async () => {
  const row = { ...emptyQuery(), key: "city", source: "static" as const, staticValue: "Lyon" };
  const user = step(<ApiConfigStep />, { query: [row] });
  expect(screen.queryByLabelText("parameter 1 is required")).toBeNull();
  await user.click(await screen.findByRole("button", { name: /Value source of parameter 1/ }));
  await user.click(await screen.findByRole("option", { name: /^User input/ }));
  expect(await screen.findByLabelText("parameter 1 is required")).toBeChecked();
  expect(await screen.findByLabelText("Input 1 is required")).toBeChecked();
  expect(screen.getByLabelText("Inputs of the test")).toHaveTextContent('{"city":"Lyon"}');
});

test("that an input is needed is one thing, wherever it is said", async () => {
  const query = { ...emptyQuery(), key: "city", inputField: "city" };
  const user = step(<ApiConfigStep />, {
    query: [query, query],
    inputs: [emptyInput("city"), emptyInput("other")],
  });
  const said = () => form.getValues("query").map(({ required }) => required);
  await user.click(await screen.findByLabelText("parameter 1 is required"));
  expect([...said(), ...form.getValues("inputs").map(({ required }) => required)]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  await user.click(screen.getByLabelText("Input 1 is required"));
  expect(said()).toEqual([false, false]);
});

test("of inputs without a name each says for itself that it is needed", async () => {
  const user = step(<ApiConfigStep />, { query: [emptyQuery()], inputs: [emptyInput(), emptyInput()] });
  await user.click(await screen.findByLabelText("Input 1 is required"));
  expect(form.getValues("inputs").map(({ required }) => required)).toEqual([true, false]);
  expect(form.getValues("query.0.required")).toBe(false);
});

test("a text of inputs that becomes an input is no value to test with", async () => {
  const query = ["{{ input.town }}", "near {{input.town}}"].map((staticValue) => ({
    ...emptyQuery(),
    key: "city",
    source: "static" as const,
    staticValue,
  }));
  const user = step(<ApiConfigStep />, { query });
  for (const which of [1, 2]) {
    await user.click(
      await screen.findByRole("button", { name: new RegExp(`Value source of parameter ${which}`) }),
    );
    await user.click(await screen.findByRole("option", { name: /^User input/ }));
  }
  expect(screen.getByLabelText("Input of parameter 1")).toHaveValue("town");
  expect(screen.getByLabelText("Input of parameter 2")).toHaveValue("city");
  expect(screen.getByLabelText("Inputs of the test")).toHaveTextContent("{}");
});

test("an input gets its rules, and an object its fields", async () => {
  const user = step(<ApiConfigStep />, { inputs: [emptyInput("customer")] });
  const row = await screen.findByRole("group", { name: "Input 1" });
  await user.click(within(row).getByRole("button", { name: /^Help and rules/ }));
  await user.type(within(row).getByLabelText("Only one of these"), "eu{Enter}us");
  await user.type(within(row).getByLabelText("Used when nothing is given"), "eu");
  await user.click(within(row).getByRole("button", { name: /Type of input 1$/ }));
  await user.click(await screen.findByRole("option", { name: /^Object/ }));
  await user.click(within(row).getByRole("button", { name: "Add a field to input 1" }));
  await user.type(within(row).getByLabelText("Name of field 1 of input 1"), "zip");
  await user.click(within(row).getByRole("checkbox", { name: "Field 1 of input 1 is required" }));
  const { customer } = toDraft(form.getValues()).input_schema as Record<string, object>;
  expect(customer).toMatchObject({ type: "object", properties: { zip: { type: "string", required: true } } });
});

test("how lists and nothing are written is chosen in the row", async () => {
  const user = step(<ApiConfigStep />, { query: [{ ...emptyQuery(), key: "tags", inputField: "tags" }] });
  const row = await screen.findByRole("group", { name: "Query parameter 1" });
  await user.click(within(row).getByRole("button", { name: /^Several values, or none/ }));
  await user.click(within(row).getByRole("button", { name: /Several values$/ }));
  await user.click(await screen.findByRole("option", { name: /^With commas/ }));
  await user.click(within(row).getByRole("button", { name: /No value$/ }));
  await user.click(await screen.findByRole("option", { name: /^Send it empty/ }));
  const [param] = (toDraft(form.getValues()).config as { queryParams: object[] }).queryParams;
  expect(param).toMatchObject({ arrays: "comma", nulls: "empty" });
});

test("a parameter keeps its input, its text and its secret while its source changes", async () => {
  const row = { ...emptyQuery(), key: "tags", inputField: "tags", staticValue: "all" };
  const user = step(<ApiConfigStep />, { query: [row] });
  const change = async (to: string) => {
    await user.click(await screen.findByRole("button", { name: /Value source of parameter 1$/ }));
    await user.click(await screen.findByRole("option", { name: new RegExp(`^${to}`) }));
  };
  await change("Static");
  expect(screen.getByLabelText("Value of parameter 1")).toHaveValue("all");
  await change("Secret");
  await user.type(screen.getByLabelText("Secret of parameter 1"), "s3cret");
  await change("User input");
  expect(screen.getByLabelText("Input of parameter 1")).toHaveValue("tags");
  await change("Secret");
  expect(screen.getByLabelText("Secret of parameter 1")).toHaveValue("s3cret");
});

test("parameters of a URL that is typed become rows, and what was there stays", async () => {
  const user = step(<ApiConfigStep />, { url: "https://api.example.com/v1?kept=1" });
  const url = await screen.findByLabelText(/^URL/);
  await user.click(url);
  await user.tab();
  expect(url).toHaveValue("https://api.example.com/v1?kept=1");
  await user.clear(url);
  await user.click(url);
  await user.paste("https://api.example.com/v2?phone={{input.phone}}&size=2");
  await user.tab();
  expect(url).toHaveValue("https://api.example.com/v2");
  expect(screen.getByLabelText("Input of parameter 1")).toHaveValue("phone");
  expect(screen.getByLabelText("Value of parameter 2")).toHaveValue("2");
});

test("a body that is sent is shown, whatever the method is", async () => {
  step(<ApiConfigStep />, { method: "DELETE", bodyType: "form" });
  expect(await screen.findByRole("region", { name: "Request body" })).toBeInTheDocument();
});

test("a further limit is said in plain words as it is entered", async () => {
  const user = step(<AdvancedStep />);
  await user.click(await screen.findByRole("button", { name: "More limits" }));
  await user.click(screen.getByRole("button", { name: "Add a limit for another time" }));
  await user.type(screen.getByLabelText("Calls of limit 1"), "1000");
  await user.tab();
  expect(
    screen.getByText("At most 1,000 calls in an hour: about one every 3.6 seconds."),
  ).toBeInTheDocument();
  expect(toDraft(form.getValues()).config).toMatchObject({
    rateLimit: { windows: [{ limit: 1000, seconds: 3600 }] },
  });
});

test("whoever removes a row by keyboard goes on where it was", async () => {
  const query = ["a", "b", "c"].map((key) => ({ ...emptyQuery(), key, source: "static" as const }));
  const user = step(<ApiConfigStep />, { query, inputs: ["a", "b"].map(emptyInput) });
  (await screen.findByRole("button", { name: "Remove parameter 2" })).focus();
  await user.keyboard("{Enter}");
  expect(screen.getByRole("button", { name: "Remove parameter 2" })).toHaveFocus();
  expect(screen.getByLabelText("Key of parameter 2")).toHaveValue("c");
  await user.keyboard("{Enter}");
  await user.keyboard("{Enter}");
  expect(screen.getByRole("button", { name: "Add parameter" })).toHaveFocus();
  screen.getByRole("button", { name: "Remove input 2" }).focus();
  await user.keyboard("{Enter}");
  expect(screen.getByRole("button", { name: "Remove input 1" })).toHaveFocus();
});
