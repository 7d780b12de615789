import { expect, test } from "vitest";
import type { AuthKindView } from "@/api/schema";
import { placeWords } from "./place-words";
import { toldOf } from "./steps";
import { NEW } from "./values";

const OAUTH = { type: "oauth2", fields: [{ name: "client_secret", title: "Client secret" }] } as AuthKindView;
const words = (pointer: string) => placeWords(toldOf({ pointer, detail: "is required" }, NEW), OAUTH);

test("places are called as the wizard calls them, and not by pointers", () => {
  expect(words("/connector/config/auth/client_secret")).toBe("Client secret");
  expect(words("/connector/config/queryParams/1/key")).toBe("Query parameter 2");
  expect(words("/connector/config/url")).toBe("URL");
  expect(words("/connector/config/rateLimit/windows/0/limit")).toBe("Limit 1");
});

test("what has no field of its own is called by its step", () => {
  expect(words("/connector/output_schema")).toBe("Response mapping");
  expect(words("/connector/config/unheardOf")).toBe("Advanced settings");
});
