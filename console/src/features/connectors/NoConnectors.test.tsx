// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { SESSION, served, shown } from "@/testing/shown";
import { NoConnectors } from "./NoConnectors";

test("the first connector begins with nothing, a command or an example", async () => {
  served({ "GET /api/session": () => SESSION });
  shown(<NoConnectors />);
  const hrefOf = (name: RegExp) => screen.getByRole("link", { name }).getAttribute("href");
  expect(await screen.findByRole("link", { name: "Create a connector" })).toHaveAttribute(
    "href",
    "/tools/connectors/new",
  );
  expect(hrefOf(/cURL/)).toBe("/tools/connectors/new?start=curl");
  expect(hrefOf(/^Weather at a place/)).toBe("/tools/connectors/new?start=weather");
});

test("who may not create one is not offered it", async () => {
  const asked = served({ "GET /api/session": () => ({ ...SESSION, scopes: ["connectors:read"] }) });
  shown(<NoConnectors />);
  expect(await screen.findByText("Connect your first API")).toBeInTheDocument();
  await expect.poll(() => asked.length).toBe(1);
  expect(screen.queryByRole("link")).toBeNull();
});
