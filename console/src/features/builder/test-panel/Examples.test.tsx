// @vitest-environment jsdom
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { expect, test, vi } from "vitest";
import type { ExampleDraft, Tried } from "@/api/schema";
import { served, shown } from "@/testing/shown";
import { emptyInput } from "../rows";
import { NEW, type Values } from "../values";
import { OutputSchema } from "./OutputSchema";
import { TestPanel } from "./TestPanel";
import { TrialProvider } from "./trial";

const TRIED = {
  executionId: "e1",
  success: true,
  time: 12,
  output: { name: "Jose" },
  response: {
    status: 200,
    wireBytes: 15,
    headers: [],
    body: {
      kind: "text",
      text: '{"name":"Jose"}',
      size: 15,
      truncated: false,
      contentType: "application/json",
    },
  },
} as unknown as Tried;
const LINE = {
  id: "x1",
  name: "A known phone",
  status: 200,
  contentType: "application/json",
  size: 15,
  createdAt: "2026-01-01T00:00:00Z",
  createdBy: "ann",
};
const keepLater = vi.fn<(example: ExampleDraft) => void>();

function Form({ values, children }: { values: Partial<Values>; children: ReactNode }) {
  const form = useForm<Values>({ defaultValues: { ...NEW, ...values } });
  return <FormProvider {...form}>{children}</FormProvider>;
}

const panel = (connectorId: string | null, examples: readonly ExampleDraft[] = []) =>
  shown(
    <Form values={{ inputs: [emptyInput("phone")] }}>
      <TrialProvider
        connectorId={connectorId}
        draft={() => ({ name: "A" })}
        onRefused={() => undefined}
        onLead={() => undefined}
        examples={examples}
        keepLater={keepLater}
      >
        <TestPanel onClose={() => undefined} onPick={() => undefined} />
      </TrialProvider>
    </Form>,
  );

async function testedAndNamed(name: string) {
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Phone"), "626");
  await user.click(screen.getByRole("button", { name: "Test request" }));
  await user.click(await screen.findByRole("button", { name: "Keep as an example" }));
  await user.type(screen.getByRole("textbox", { name: /Name of the example/ }), name);
  await user.click(screen.getByRole("button", { name: "Keep" }));
  return user;
}

test("a test is kept with its connector, and fills the inputs again", async () => {
  let examples: object[] = [];
  const asked = served({
    "POST /api/connectors/test": () => TRIED,
    "GET /api/connectors/c1/examples": () => ({ examples, nextCursor: null }),
    "GET /api/connectors/c1/examples/x1": () => ({
      ...LINE,
      inputs: { phone: "415" },
      text: "{}",
      output: {},
    }),
    "DELETE /api/connectors/c1/examples/x1": () => {
      examples = [];
      return new Response(null, { status: 204 });
    },
    "POST /api/connectors/c1/examples": () => {
      examples = [LINE];
      return LINE;
    },
    "POST /api/schema/infer": () => ({ outputSchema: { type: "object" }, partial: false }),
  });
  panel("c1");
  const user = await testedAndNamed("A known phone");
  await user.click(await screen.findByRole("button", { name: "Examples" }));
  const kept = asked.find(({ method, path }) => method === "POST" && path.endsWith("/examples"));
  expect(kept?.body).toMatchObject({
    name: "A known phone",
    inputs: { phone: "626" },
    response: { status: 200 },
    output: { name: "Jose" },
  });
  await user.click(screen.getByRole("button", { name: "Use the example A known phone" }));
  await vi.waitFor(() => expect(screen.getByLabelText("Phone")).toHaveValue("415"));
  await user.click(screen.getByRole("button", { name: "Delete the example A known phone" }));
  await vi.waitFor(() => expect(screen.queryByRole("button", { name: "Examples" })).toBeNull());
});

test("of a connector that is not saved yet it is kept with it later", async () => {
  served({ "POST /api/connectors/test": () => TRIED });
  panel(null);
  await testedAndNamed("First");
  expect(
    await screen.findByText(/First is kept as an example when the connector is saved/),
  ).toBeInTheDocument();
  expect(keepLater).toHaveBeenCalledWith(
    expect.objectContaining({ name: "First", inputs: { phone: "626" } }),
  );
});

test("those that the draft of one has are named", async () => {
  served({});
  panel(null, [{ name: "First" }, { name: "Second" }] as ExampleDraft[]);
  expect(await screen.findByText("Examples when it is saved: First, Second")).toBeInTheDocument();
});

test("what the server refuses of a name is said at it", async () => {
  served({
    "POST /api/connectors/test": () => TRIED,
    "GET /api/connectors/c1/examples": () => ({ examples: [], nextCursor: null }),
    "POST /api/connectors/c1/examples": () =>
      Response.json({ title: "There is one of that name", detail: "Choose another." }, { status: 409 }),
  });
  panel("c1");
  await testedAndNamed("Twice");
  expect(await screen.findByText(/There is one of that name/)).toBeInTheDocument();
});

test("what breaks is named, and the schema is taken over by one press", async () => {
  const saved = { type: "object", properties: { id: { type: "integer" } }, required: ["id"] };
  const outputSchema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
  const asked = served({
    "POST /api/schema/infer": ({ body }) => ({
      outputSchema,
      partial: false,
      changes:
        JSON.stringify((body as { savedSchema: unknown }).savedSchema) === JSON.stringify(saved)
          ? [
              { pointer: "/id", kind: "removed", breaking: true, detail: "is not there any more" },
              { pointer: "/name", kind: "added", breaking: false, detail: "is new" },
            ]
          : [],
    }),
  });
  shown(
    <Form values={{ outputSchema: saved }}>
      <OutputSchema output={{ name: "Jose" }} />
    </Form>,
  );
  const user = userEvent.setup();
  expect(await screen.findByText("1 change breaks what reads the output")).toBeInTheDocument();
  const changes = screen.getByRole("region", { name: "Changes against the saved schema" });
  expect(within(changes).getByText("Breaks:")).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Take over this schema" }));
  expect(await screen.findByText("As the saved one")).toBeInTheDocument();
  expect(asked.at(-1)?.body).toMatchObject({ savedSchema: outputSchema });
});

test("a schema that could not be inferred is asked for again", async () => {
  const answers = [
    Response.json({ title: "Too many requests", detail: "Later." }, { status: 429 }),
    Response.json({ outputSchema: { type: "string" }, partial: false }),
  ];
  served({ "POST /api/schema/infer": () => answers.shift() });
  shown(
    <Form values={{}}>
      <OutputSchema output="Jose" />
    </Form>,
  );
  await userEvent.setup().click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("button", { name: "Keep as output schema" })).toBeInTheDocument();
});
