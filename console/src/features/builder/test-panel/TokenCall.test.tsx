// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { TriedToken } from "@/api/schema";
import { TokenCall } from "./TokenCall";

const shown = (token: Partial<TriedToken>) => {
  render(<TokenCall token={{ state: "ok", endpoint: "https://login.test/token", ...token } as TriedToken} />);
  return screen.getByRole("region", { name: "Access token" });
};

test("the call that the token came from is told, with until when it is good", () => {
  const obtainedAt = new Date(Date.now() - 120_000).toISOString();
  const region = shown({ obtainedAt, expiresAt: "2030-01-01T00:00:00Z" });
  expect(region).toHaveTextContent("POST https://login.test/token");
  expect(region).toHaveTextContent(/Obtained 2 minutes ago, in a call of its own. Good until .*2030/);
});

test("what is wrong with it is said", () => {
  const region = shown({ state: "stale", why: "Nobody has connected it yet." });
  expect(region).toHaveTextContent("A person has to do something");
  expect(region).toHaveTextContent("Nobody has connected it yet.");
  expect(region).not.toHaveTextContent("Obtained");
});
