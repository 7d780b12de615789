import { expect, test } from "vitest";
import type { WorkspaceView } from "@/api/schema";
import { changeOf, formOf, missing, rebased, regions } from "./model";

const WORKSPACE: WorkspaceView = {
  id: "w",
  name: "Acme",
  phone_region: "US",
  retention_days: 30,
  requests_per_minute: 6000,
  waiting_callers: 100,
  allowed_origins: ["https://api.example.com"],
  revision: 3,
  created_at: "2026-03-01T00:00:00Z",
  updated_at: "2026-03-01T00:00:00Z",
  updated_by: "ann",
  published: true,
};

test("sends what is different, and nothing else", () => {
  const form = formOf(WORKSPACE);
  expect(changeOf(form, WORKSPACE)).toEqual({});
  expect(changeOf({ ...form, region: "", retentionDays: 90 }, WORKSPACE)).toEqual({
    phone_region: null,
    retention_days: 90,
  });
  expect(changeOf({ ...form, origins: " https://api.example.com \n\nhttps://b.example" }, WORKSPACE)).toEqual(
    {
      allowed_origins: ["https://api.example.com", "https://b.example"],
    },
  );
  expect(changeOf({ ...form, origins: "" }, WORKSPACE)).toEqual({ allowed_origins: [] });
});

test("keeps what is typed when somebody else has changed the rest", () => {
  const typed = { ...formOf(WORKSPACE), retentionDays: 90 };
  const now = { ...WORKSPACE, name: "Acme Ltd", retention_days: 7, revision: 4 };
  const form = rebased(typed, WORKSPACE, now);
  expect([form.name, form.retentionDays]).toEqual(["Acme Ltd", 90]);
  expect(changeOf(form, now)).toEqual({ retention_days: 90 });
});

test("shows what the server has made of spaces, once it is saved", () => {
  const typed = { ...formOf(WORKSPACE), name: "  Acme Ltd ", origins: " https://b.example \n\n" };
  const saved = { ...WORKSPACE, name: "Acme Ltd", allowed_origins: ["https://b.example"], revision: 4 };
  expect(rebased(typed, WORKSPACE, saved)).toEqual(formOf(saved));
});

test("a number that is deleted is asked for", () => {
  const form = { ...formOf(WORKSPACE), retentionDays: null };
  expect(missing(form)).toEqual({ retention_days: "Enter a number" });
  expect(changeOf(form, WORKSPACE)).toEqual({});
});

test("names countries, and no unions of them", () => {
  const all = regions();
  expect(all).toContainEqual({ id: "DE", label: "Germany (DE)" });
  expect(all.some(({ id }) => id === "EU")).toBe(false);
  expect(all.length).toBeGreaterThan(200);
});
