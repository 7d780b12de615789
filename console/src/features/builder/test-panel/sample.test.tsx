// @vitest-environment jsdom
import { jsonText } from "@json/exact";
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { KeyboardEvent, ReactNode } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { expect, test, vi } from "vitest";
import type { ExampleDraft, LastTest, Tried } from "@/api/schema";
import { noteSaved, testedAnswer } from "@/api/tested";
import { served, shown } from "@/testing/shown";
import { FormText } from "../components/form";
import { NEW, type Values } from "../values";
import { TestPanel } from "./TestPanel";
import { type Keeping, TrialProvider, useTrial } from "./trial";

const body = (text: string) => ({ kind: "text", text, size: text.length, truncated: false, contentType: "" });
const TRIED = {
  executionId: "e1",
  success: true,
  time: 12,
  output: {},
  response: { status: 200, wireBytes: 15, headers: [], body: body('{"of":"the test"}') },
} as unknown as Tried;
const KEPT = { response: { status: 200, headers: [], body: body('{"of":"the draft"}') } };

const line = (id: string) => ({ id, name: id, status: 200, createdAt: "2026-01-01T00:00:00Z" });

function Form({ children }: { children: ReactNode }) {
  const form = useForm<Values>({ defaultValues: NEW });
  return <FormProvider {...form}>{children}</FormProvider>;
}

function Sample() {
  const { sample, sampleOf } = useTrial();
  return <output>{sample === undefined ? "none" : `${jsonText(sample)} of ${sampleOf}`}</output>;
}

function Foreseeing({ onKey }: { onKey: (event: KeyboardEvent) => void }) {
  const { foresee } = useTrial();
  return (
    <button type="button" onKeyDown={onKey} onClick={() => foresee({ city: "Austin" })}>
      Foresee
    </button>
  );
}

function wizard(
  connectorId: string | null,
  examples: readonly ExampleDraft[] = [],
  keeping?: Keeping,
  onKey: (event: KeyboardEvent) => void = () => undefined,
) {
  shown(
    <Form>
      <TrialProvider
        connectorId={connectorId}
        draft={() => ({ url: document.querySelector("input")?.value ?? "" })}
        onRefused={() => undefined}
        onLead={() => undefined}
        examples={examples}
        keepLater={() => undefined}
        {...(keeping ? { keeping } : {})}
      >
        <FormText name="url" label="URL" />
        <Sample />
        <Foreseeing onKey={onKey} />
        <TestPanel onClose={() => undefined} onPick={() => undefined} />
      </TrialProvider>
    </Form>,
  );
  return userEvent.setup();
}

test("the keys for a test do nothing else to what has the focus", async () => {
  served({
    "POST /api/connectors/test": () => TRIED,
    "POST /api/schema/infer": () => ({ outputSchema: {} }),
  });
  const pressed = vi.fn();
  const user = wizard(null, [], undefined, (event) => pressed(event.key));
  await user.click(await screen.findByRole("button", { name: "Foresee" }));
  await user.keyboard("{Control>}{Enter}{/Control}");
  expect(await screen.findByText("Success")).toBeInTheDocument();
  expect(pressed.mock.calls).toEqual([["Control"]]);
});

test("the API is called once, however long the keys are held", async () => {
  const asked = vi.fn(() => TRIED);
  served({ "POST /api/connectors/test": asked, "POST /api/schema/infer": () => ({ outputSchema: {} }) });
  const user = wizard(null);
  await user.click(await screen.findByLabelText("URL"));
  await user.keyboard("{Control>}{Enter>5/}{/Control}");
  expect(await screen.findByText("Success")).toBeInTheDocument();
  expect(asked).toHaveBeenCalledOnce();
  await user.keyboard("{Control>}{Enter}{/Control}");
  await expect.poll(() => asked.mock.calls.length).toBe(2);
});

test("keys that are pressed in a dialog are of that dialog", async () => {
  const asked = vi.fn(() => TRIED);
  served({ "POST /api/connectors/test": asked });
  const user = wizard(null);
  const dialog = document.createElement("div");
  dialog.setAttribute("role", "dialog");
  dialog.innerHTML = "<textarea></textarea>";
  document.body.append(dialog);
  dialog.querySelector("textarea")?.focus();
  await user.keyboard("{Control>}{Enter}{/Control}");
  expect(asked).not.toHaveBeenCalled();
  dialog.remove();
});

test("a test that is kept without an output says so", async () => {
  served({});
  const user = wizard(null, [], keeping({ output: null }));
  await user.click(await screen.findByRole("tab", { name: "Output" }));
  expect(screen.getByText("The transformation made nothing of this answer.")).toBeInTheDocument();
});

test("the example that was kept last stands in until somebody tests", async () => {
  served({
    "GET /api/connectors/c1/examples": () => ({ examples: [line("x2"), line("x1")], nextCursor: null }),
    "GET /api/connectors/c1/examples/x2": () => ({
      id: "x2",
      name: "Newest",
      text: '{"of":"it"}',
      inputs: {},
    }),
    "POST /api/connectors/test": () => TRIED,
    "POST /api/schema/infer": () => ({ outputSchema: {}, partial: false }),
  });
  const user = wizard("c1");
  expect(await screen.findByText('{"of":"it"} of Newest')).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Test request" }));
  expect(await screen.findByText('{"of":"the test"} of null')).toBeInTheDocument();
});

test("what a transformation makes of the answer that was tested is there to be mapped, as long as the call is the same", async () => {
  served({
    "POST /api/connectors/test": () => TRIED,
    "POST /api/schema/infer": () => ({ outputSchema: {}, partial: false }),
  });
  const user = wizard(null);
  await user.click(await screen.findByRole("button", { name: "Test request" }));
  await screen.findByText('{"of":"the test"} of null');
  await user.click(screen.getByRole("button", { name: "Foresee" }));
  noteSaved(jsonText({ url: "" }), "c1");
  expect(testedAnswer("c1")?.output).toEqual({ city: "Austin" });
  await user.type(screen.getByLabelText("URL"), "https://other");
  await user.click(screen.getByRole("button", { name: "Foresee" }));
  noteSaved(jsonText({ url: "https://other" }), "c1");
  expect(testedAnswer("c1")).toBeNull();
});

const keeping = (fields: object = {}, configuration = "c1"): Keeping => ({
  kept: {
    testedAt: "2026-01-01T00:00:00Z",
    configuration: "c1",
    inputs: {},
    response: { status: 200, wireBytes: 9, headers: [], body: body('{"of":"before"}') },
    output: { made: 1 },
    ...fields,
  } as unknown as LastTest,
  configuration: () => configuration,
  onTested: vi.fn(),
  onForeseen: vi.fn(),
});

test("the last test of the draft is there again, before examples, until somebody tests", async () => {
  served({
    "POST /api/connectors/test": () => TRIED,
    "POST /api/schema/infer": () => ({ outputSchema: {} }),
  });
  const last = keeping();
  const user = wizard(null, [{ name: "First", ...KEPT }] as unknown as ExampleDraft[], last);
  expect(await screen.findByText('{"of":"before"} of null')).toBeInTheDocument();
  expect(screen.getByText(/Kept with the draft, without what is secret/)).toBeInTheDocument();
  expect(screen.getByText("Tested", { exact: false, selector: "span" })).toHaveTextContent(/ago|Jan/);
  expect(screen.queryByText("Changed since this test")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Foresee" }));
  expect(last.onForeseen).toHaveBeenCalledExactlyOnceWith({ city: "Austin" });
  await user.click(screen.getByRole("button", { name: "Test request" }));
  expect(await screen.findByText('{"of":"the test"} of null')).toBeInTheDocument();
  expect(screen.queryByText(/Kept with the draft/)).toBeNull();
  expect(last.onTested).toHaveBeenCalledWith(TRIED, {}, "c1");
});

test("a kept test says when the connector is another one than it was of", async () => {
  served({});
  wizard(null, [], keeping({}, "c2"));
  expect(await screen.findByText("Changed since this test")).toBeInTheDocument();
});

test("an answer that was too large to be kept says so, and an example stands in", async () => {
  served({});
  const response = {
    status: 200,
    wireBytes: 9,
    headers: [],
    body: { kind: "text", size: 9e6, truncated: true },
  };
  wizard(
    null,
    [{ name: "First", ...KEPT }] as unknown as ExampleDraft[],
    keeping({ response, output: null }),
  );
  expect(await screen.findByText(/too large to be kept with the draft/)).toBeInTheDocument();
  expect(screen.getByText('{"of":"the draft"} of First')).toBeInTheDocument();
});

test("of one that is not saved it is that of its draft", async () => {
  served({});
  wizard(null, [{ name: "First" }, { name: "Second", ...KEPT }] as unknown as ExampleDraft[]);
  expect(await screen.findByText('{"of":"the draft"} of Second')).toBeInTheDocument();
});

test("a test says when the connector is another one than the one that was tested", async () => {
  served({
    "POST /api/connectors/test": () => TRIED,
    "POST /api/schema/infer": () => ({ outputSchema: {}, partial: false }),
  });
  const user = wizard(null);
  await user.click(await screen.findByRole("button", { name: "Test request" }));
  await screen.findByText("Success");
  expect(screen.queryByText("Changed since this test")).toBeNull();
  await user.type(screen.getByLabelText("URL"), "x");
  expect(await screen.findByText("Changed since this test")).toBeInTheDocument();
  await user.clear(screen.getByLabelText("URL"));
  await expect.poll(() => screen.queryByText("Changed since this test")).toBeNull();
});
