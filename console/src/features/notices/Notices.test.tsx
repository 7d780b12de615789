// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef } from "react";
import { expect, test } from "vitest";
import { SESSION, served, shown } from "@/testing/shown";
import Notices from "./Notices";

test("all are read at once, also those that are not shown, and none that came meanwhile", async () => {
  const notice = {
    kind: "connector_failing",
    connector_name: "Clearbit",
    detail: "It fails.",
    closed_at: null,
  };
  const at = (opened_at: string) => ({
    ...notice,
    id: opened_at,
    since: opened_at,
    opened_at,
    read_at: null,
  });
  const seen = served({
    "GET /api/session": () => SESSION,
    "GET /api/notices": () => ({
      notices: [at("2026-03-10T12:00:00.123456Z"), at("2026-03-10T11:00:00Z")],
      unread: 45,
      next_cursor: "more",
    }),
    "POST /api/notices/read": () => ({ marked: 45 }),
  });
  shown(<Notices trigger={createRef()} onClose={() => undefined} />);
  await userEvent.setup().click(await screen.findByRole("button", { name: "Mark all as read" }));
  const sent = seen.filter(({ method }) => method === "POST");
  expect(sent).toEqual([
    {
      method: "POST",
      path: "/api/notices/read",
      body: { opened_until: "2026-03-10T12:00:00.123456Z" },
    },
  ]);
});
