// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { Contact } from "@/api/mapper";
import { ValueForm } from "./ValueForm";

const AT = "2026-03-10T12:00:00Z";
const contact = (city: string): Contact => ({
  id: "c1",
  city,
  custom_fields: {},
  custom_field_origins: {},
  origins: { city: { at: AT, by: "ann@example.com" } },
  created_at: AT,
  updated_at: AT,
});
const onDone = vi.fn();

function form(client: QueryClient, city: string, etag: string) {
  return (
    <QueryClientProvider client={client}>
      <ValueForm
        contact={contact(city)}
        etag={etag}
        id="city"
        label="City"
        field={undefined}
        onHistory={() => undefined}
        onDone={onDone}
      />
    </QueryClientProvider>
  );
}

afterEach(() => vi.unstubAllGlobals());

test("what somebody else wrote since the form was opened is not written over without being seen", async () => {
  const problem = new Response('{"title":"It was changed","status":412}', { status: 412 });
  const fetched = vi.fn().mockResolvedValueOnce(problem).mockResolvedValue(new Response("{}"));
  vi.stubGlobal("fetch", fetched);
  const user = userEvent.setup();
  const client = new QueryClient();
  const { rerender } = render(form(client, "Rome", '"1"'));
  // The contact is read again, as when somebody comes back to the window.
  rerender(form(client, "Oslo", '"2"'));
  const input = screen.getByLabelText("City");
  expect(input).toHaveValue("Rome");
  await user.clear(input);
  await user.type(input, "Bern{Enter}");
  expect(await screen.findByText(/City is now Oslo, last written by ann/)).toBeVisible();
  expect(input).toHaveValue("Bern");
  await user.click(screen.getByRole("button", { name: "Write mine" }));
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  const matched = fetched.mock.calls.map(([, init]) => init.headers["If-Match"]);
  expect(matched).toEqual(['"1"', '"2"']);
});

test("Enter on what was not touched sends nothing", async () => {
  const fetched = vi.fn();
  vi.stubGlobal("fetch", fetched);
  const user = userEvent.setup();
  render(form(new QueryClient(), "Rome", '"1"'));
  await user.type(screen.getByLabelText("City"), "{Enter}");
  expect(onDone).toHaveBeenCalled();
  expect(fetched).not.toHaveBeenCalled();
});
