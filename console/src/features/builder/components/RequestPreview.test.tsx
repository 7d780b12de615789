// @vitest-environment jsdom
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { expect, test, vi } from "vitest";
import type { FieldProblem, RequestReport } from "@/api/schema";
import { served, shown } from "@/testing/shown";
import { emptyInput } from "../rows";
import { TestPanel } from "../test-panel/TestPanel";
import { TrialProvider } from "../test-panel/trial";
import { NEW, type Values } from "../values";
import { FormText } from "./form";
import { RequestPreview } from "./RequestPreview";

const REPORT = {
  request: {
    method: "GET",
    url: "https://api.test/v2?phone={{input.phone}}",
    headers: [],
    body: { kind: "empty", size: 0, truncated: false, contentType: "" },
    sentBytes: 0,
    parts: [
      { place: "query", name: "phone", value: "{{input.phone}}", sources: ["input"], inputs: ["phone"] },
      { place: "header", name: "Authorization", value: "Bearer ••••", sources: ["static", "credential"] },
    ],
    curl: "curl --url 'https://api.test/v2?phone={{input.phone}}'",
    curlVariables: [],
  },
  missing: ["input.phone"],
} as unknown as RequestReport;
const KINDS = {
  auth: [{ type: "none", title: "None", description: "", fields: [{ name: "token", title: "Token" }] }],
  methods: [],
  bodies: [],
};
const lead = vi.fn<(problem: FieldProblem) => void>();

function Form({ values, children }: { values: Partial<Values>; children: ReactNode }) {
  const form = useForm<Values>({ defaultValues: { ...NEW, ...values } });
  return (
    <FormProvider {...form}>
      <TrialProvider
        connectorId={null}
        draft={() => ({ config: { url: form.getValues("url") } })}
        onRefused={() => undefined}
        onLead={lead}
        examples={[]}
        keepLater={() => undefined}
      >
        {children}
      </TrialProvider>
    </FormProvider>
  );
}

const wizard = (values: Partial<Values> = {}) =>
  shown(
    <Form values={{ inputs: [emptyInput("phone")], ...values }}>
      <FormText name="url" label="URL" />
      <RequestPreview />
      <TestPanel onClose={() => undefined} onPick={() => undefined} />
    </Form>,
  );

const preview = async () => within(await screen.findByRole("region", { name: "Request preview" }));

test("the request is shown with where each part comes from, before anything is called", async () => {
  const asked = served({
    "GET /api/connector-kinds": () => KINDS,
    "POST /api/connectors/request-preview": () => REPORT,
  });
  wizard();
  const section = await preview();
  const row = (await section.findByText("Authorization")).closest("tr") as HTMLElement;
  expect(within(row).getByText("static + credential")).toBeInTheDocument();
  expect(section.getByText("Not given yet, and shown in braces: Phone.")).toBeInTheDocument();
  expect(section.getByRole("button", { name: "Copy as cURL" })).toBeInTheDocument();
  expect(asked.some(({ path }) => path.endsWith("/test"))).toBe(false);
});

test("it follows what is typed, also into the test", async () => {
  const bodies: unknown[] = [];
  served({
    "GET /api/connector-kinds": () => KINDS,
    "POST /api/connectors/request-preview": ({ body }) => {
      bodies.push(body);
      return REPORT;
    },
  });
  wizard();
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("URL"), "https://api.test");
  await user.type(screen.getByLabelText("Phone"), "626");
  const last = { connector: { config: { url: "https://api.test" } }, inputs: { phone: "626" } };
  await expect.poll(() => bodies.at(-1), { timeout: 5_000 }).toEqual(last);
});

test("what keeps it from being shown is called by its field, and leads there", async () => {
  const problem = { pointer: "/connector/config/auth/token", detail: "is required" };
  served({
    "GET /api/connector-kinds": () => KINDS,
    "POST /api/connectors/request-preview": () =>
      Response.json({ title: "The request is not valid", errors: [problem] }, { status: 422 }),
  });
  wizard();
  const section = await preview();
  await userEvent.setup().click(await section.findByRole("button", { name: "Token" }));
  expect(section.getByText(/required/)).toBeInTheDocument();
  expect(lead).toHaveBeenCalledWith(problem);
});

test("values that make no request say why, or what is to be given first", async () => {
  const error = { type: "invalid_input", message: "The inputs lead to a foreign host.", retryable: false };
  const answers = [
    { error, missing: ["input.host"] },
    { error, missing: [] },
  ];
  served({
    "GET /api/connector-kinds": () => KINDS,
    "POST /api/connectors/request-preview": () => answers.shift() ?? { error, missing: [] },
  });
  wizard();
  const section = await preview();
  expect(await section.findByText("It is shown once these are given in the test: host.")).toBeInTheDocument();
  await userEvent.setup().type(screen.getByLabelText("Phone"), "1");
  expect(await section.findByText(error.message)).toBeInTheDocument();
});

test("a test asks for each input as its type is, and says what is refused by its field", async () => {
  const problem = { pointer: "/connector/config/auth/token", detail: "is required" };
  const asked = served({
    "GET /api/connector-kinds": () => KINDS,
    "POST /api/connectors/request-preview": () => REPORT,
    "POST /api/connectors/test": () =>
      Response.json({ title: "The request is not valid", errors: [problem] }, { status: 422 }),
  });
  const choice = { ...emptyInput("region"), label: "Region", enum: "eu\nus" };
  const flag = { ...emptyInput("vip"), label: "VIP", type: "boolean" as const };
  wizard({ inputs: [choice, flag] });
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: /Region$/ }));
  await user.click(await screen.findByRole("option", { name: "us" }));
  await user.click(screen.getByRole("button", { name: /VIP$/ }));
  await user.click(await screen.findByRole("option", { name: "Yes" }));
  const panel = within(screen.getByRole("complementary", { name: "Test request" }));
  await user.click(panel.getByRole("button", { name: "Test request" }));
  expect(await panel.findByRole("button", { name: "Token" })).toBeInTheDocument();
  const sent = asked.find(({ path }) => path.endsWith("/test"));
  expect(sent?.body).toMatchObject({ inputs: { region: "us", vip: true } });
});
