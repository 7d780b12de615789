import { expect, test } from "vitest";
import type { NoticeView } from "@/api/schema";
import { bellLabel, isUnread, told } from "./model";

const notice = (more: Partial<NoticeView>): NoticeView => ({
  id: "n",
  kind: "connector_failing",
  connector_id: "c",
  connector_name: "Clearbit",
  credential_id: null,
  credential_name: null,
  detail: "Ten calls in a row failed.",
  since: "2026-03-10T12:00:00Z",
  opened_at: "2026-03-10T12:00:00Z",
  closed_at: null,
  read_at: null,
  read_by: null,
  ...more,
});

test("says what happened, and leads to what it is about", () => {
  expect(told(notice({}))).toEqual({ title: "Clearbit fails", to: "/tools/connectors/c" });
  expect(
    told(notice({ kind: "credential_stale", credential_id: "k", credential_name: "CRM login" })),
  ).toEqual({
    title: "CRM login has to be connected again",
    to: "/tools/credentials/k",
  });
  expect(told(notice({ kind: "backlog_nearly_full" })).title).toBe("The backlog of Clearbit is nearly full");
  expect(told(notice({ kind: "schema_drift" })).title).toBe(
    "Clearbit answers otherwise than its output schema says",
  );
});

test("of what it does not know it says what it can", () => {
  expect(told(notice({ kind: "disk_full", connector_id: null }))).toEqual({
    title: "Disk full: Clearbit",
    to: null,
  });
});

test("what has ended by itself waits for nobody", () => {
  expect(isUnread(notice({}))).toBe(true);
  expect(isUnread(notice({ read_at: "2026-03-10T13:00:00Z" }))).toBe(false);
  expect(isUnread(notice({ closed_at: "2026-03-10T13:00:00Z" }))).toBe(false);
  expect([bellLabel(0), bellLabel(1), bellLabel(7)]).toEqual([
    "Notices",
    "Notices, 1 unread",
    "Notices, 7 unread",
  ]);
});
