// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { FormProvider, useForm } from "react-hook-form";
import { expect, test } from "vitest";
import type { ExampleDraft } from "@/api/schema";
import { served, shown } from "@/testing/shown";
import { TrialProvider } from "../test-panel/trial";
import { NEW, type Values } from "../values";
import ResponseStep from "./ResponseStep";

const KEPT = {
  name: "Kept",
  response: { status: 200, headers: [], wireBytes: 2, body: { kind: "text", text: '{"a":1}' } },
} as unknown as ExampleDraft;

function Step() {
  const form = useForm<Values>({ defaultValues: NEW });
  return (
    <FormProvider {...form}>
      <TrialProvider
        connectorId={null}
        draft={() => ({})}
        onRefused={() => undefined}
        onLead={() => undefined}
        examples={[KEPT]}
        keepLater={() => undefined}
      >
        <ResponseStep />
      </TrialProvider>
    </FormProvider>
  );
}

test("an answer that no preview is made of says why, and is not asked for again", async () => {
  const errors = [{ pointer: "/sample/a", detail: "must not hold a NUL character" }];
  served({
    "POST /api/transform/preview": () =>
      Response.json({ title: "Not valid", detail: "", errors }, { status: 422 }),
  });
  shown(<Step />);
  expect(await screen.findByText("There is no preview of this answer")).toBeVisible();
  expect(screen.getByText(/^It must not hold a NUL character/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  expect(screen.queryByText(/^Appears as soon as/)).toBeNull();
});

test("a server that is away is asked again when somebody wants it", async () => {
  let answers = 0;
  served({
    "POST /api/transform/preview": () => {
      answers += 1;
      return Response.json({ title: "Away", detail: "It is away." }, { status: 503 });
    },
  });
  shown(<Step />);
  const before = await screen.findByRole("button", { name: "Try again" }).then((button) => {
    const asked = answers;
    return userEvent.click(button).then(() => asked);
  });
  await expect.poll(() => answers).toBeGreaterThan(before);
});
