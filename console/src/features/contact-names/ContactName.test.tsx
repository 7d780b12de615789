// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { SESSION, served, shown } from "@/testing/shown";
import { ContactName } from "./ContactName";

const KNOWN = "11111111-1111-4111-8111-111111111111";
const NAMELESS = "22222222-2222-4222-8222-222222222222";
const GONE = "33333333-3333-4333-8333-333333333333";

test("a contact is called by its name, else its phone, and leads to itself; one that is gone by its id", async () => {
  served({
    "GET /api/session": () => ({ ...SESSION, scopes: ["contacts:read"] }),
    [`GET /api/contacts/${KNOWN}`]: () => ({ id: KNOWN, first_name: "Jane", last_name: "Doe" }),
    [`GET /api/contacts/${NAMELESS}`]: () => ({ id: NAMELESS, phone: "+16266958105" }),
  });
  shown(
    <>
      <ContactName id={KNOWN} linkClass="x" />
      <ContactName id={NAMELESS} />
      <ContactName id={GONE} linkClass="x" />
    </>,
  );
  const link = await screen.findByRole("link", { name: "Jane Doe" });
  expect(link.getAttribute("href")).toBe(`/tools/contacts/${KNOWN}`);
  expect(screen.getByTitle(KNOWN).textContent).toBe("Jane Doe");
  await waitFor(() => expect(screen.getByTitle(NAMELESS).textContent).toBe("+16266958105"));
  expect(screen.getByTitle(GONE).textContent).toBe(GONE.slice(0, 13));
  expect(screen.getAllByRole("link")).toHaveLength(1);
});
