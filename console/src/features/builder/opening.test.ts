import { expect, test } from "vitest";
import { ApiError } from "@/api/client";
import type { DraftView } from "@/api/schema";
import type { Unsaved } from "./keeping";
import { awayOf, NOTHING, openingOf } from "./opening";
import { NEW } from "./values";

const AT = "2026-01-01T00:00:00Z";
const AWAY = "Drafts are away.";

const a_draft = (revision = 3): DraftView =>
  ({
    id: "d1",
    revision,
    baseRevision: 2,
    updatedAt: AT,
    connector: { name: "Of the draft" },
    examples: [{ name: "Known" }],
    lastTest: { configuration: "c" },
  }) as unknown as DraftView;

const in_the_tab = (fields: Partial<Unsaved> = {}): Unsaved => ({
  values: { ...NEW, name: "Of the tab" },
  etag: '"1"',
  draft: null,
  earlier: null,
  ...fields,
});

test("what only this tab has is offered beside a draft that was begun elsewhere", () => {
  const opened = openingOf(a_draft(), in_the_tab());
  expect(opened).toMatchObject({
    values: { name: "Of the draft" },
    etag: '"2"',
    known: { id: "d1", revision: 3 },
    since: new Date(AT),
    earlier: { values: { name: "Of the tab" }, etag: '"1"' },
  });
});

test("tests come with the draft, also beside what is newer in the tab", () => {
  const known = { id: "d1", revision: 3 };
  for (const tab of [null, in_the_tab({ draft: known })])
    expect(openingOf(a_draft(), tab)).toMatchObject({
      examples: [{ name: "Known" }],
      lastTest: { configuration: "c" },
    });
  expect(openingOf(null, in_the_tab()).lastTest).toBeNull();
});

test("it is offered until somebody has chosen, whatever was typed and loaded again meanwhile", () => {
  const earlier = { values: { ...NEW, name: "Before" }, etag: '"1"' };
  const typed = in_the_tab({ draft: { id: "d1", revision: 3 }, earlier });
  expect(openingOf(a_draft(), typed)).toMatchObject({
    values: { name: "Of the tab" },
    since: new Date(AT),
    earlier,
  });
  expect(openingOf(a_draft(4), typed)).toMatchObject({ values: { name: "Of the draft" }, earlier });
});

test("the tab's own text is the newest of its draft, until the draft was changed elsewhere", () => {
  const own = in_the_tab({ draft: { id: "d1", revision: 3 } });
  expect(openingOf(a_draft(), own)).toMatchObject({
    values: { name: "Of the tab" },
    since: null,
    earlier: null,
  });
  expect(openingOf(a_draft(4), own).earlier?.values.name).toBe("Of the tab");
  // It was refused a draft of its own, and knows nothing of that one.
  const refused = in_the_tab({ draft: { id: "d1", revision: 0 } });
  expect(openingOf(a_draft(1), refused).earlier?.values.name).toBe("Of the tab");
});

test("without a draft one goes on with what the tab has", () => {
  expect(openingOf(null, null)).toEqual(NOTHING);
  expect(openingOf(null, in_the_tab()).values?.name).toBe("Of the tab");
});

test("without drafts one goes on with what the tab has, and is told", () => {
  const own = in_the_tab({ draft: { id: "d1", revision: 3 } });
  expect(openingOf(null, own, AWAY)).toMatchObject({
    values: { name: "Of the tab" },
    known: own.draft,
    away: AWAY,
  });
  expect(openingOf(null, null, AWAY)).toEqual({ ...NOTHING, away: AWAY });
});

test("why drafts cannot be read is said in words", () => {
  expect(awayOf(null)).toBeNull();
  expect(awayOf(new ApiError(503, "The database does not answer", "Later."))).toBe(
    "The database does not answer.",
  );
  expect(awayOf(new DOMException("timed out", "TimeoutError"))).toBe("They do not answer in time.");
});
