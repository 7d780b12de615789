import { queryOptions } from "@tanstack/react-query";
import { ApiError } from "@/api/client";
import type { ConnectorView, DraftView, ExampleDraft, LastTest } from "@/api/schema";
import { listDrafts, readDraft } from "@/features/drafts/queries";
import { fromConnector } from "./draft";
import type { Known } from "./draft-keeper";
import type { Earlier, Unsaved } from "./keeping";
import type { Values } from "./values";

/** Nobody waits longer for a draft before they can work. */
const PATIENCE_MS = 5_000;
/** Saved, discarded, or too old; or the address names something else. */
const NO_SUCH_DRAFT: readonly number[] = [404, 422];

/** The draft that the wizard opens with: the one that is named, or the caller's own of that connector. */
export const openedDraftQuery = (id: string | undefined, draftId: string | undefined) =>
  queryOptions({
    queryKey: ["opened-draft", id ?? "new", draftId ?? ""],
    queryFn: async ({ signal: left }): Promise<DraftView | null> => {
      const signal = AbortSignal.any([left, AbortSignal.timeout(PATIENCE_MS)]);
      const wanted = id ? (await listDrafts(id, signal))[0]?.id : draftId;
      if (!wanted) return null;
      return await readDraft(wanted, signal).catch((error: unknown) => {
        if (error instanceof ApiError && NO_SUCH_DRAFT.includes(error.status)) return null;
        throw error;
      });
    },
    gcTime: 0,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });

/** Why drafts cannot be read; null: they can. */
export function awayOf(error: unknown): string | null {
  if (!error) return null;
  return error instanceof ApiError ? `${error.title}.` : "They do not answer in time.";
}

/** What the wizard begins with, beside what is saved. */
export interface Opening {
  values: Values | null;
  etag: string | null;
  known: Known | null;
  /** When the draft was changed last, where it was begun elsewhere or earlier. */
  since: Date | null;
  /** What this tab had, where a draft takes its place. */
  earlier: Earlier | null;
  /** Why drafts cannot be read; null: they can. */
  away: string | null;
  /** What becomes examples of it when it is saved. */
  examples: readonly ExampleDraft[];
  /** Its last test, with the answer. */
  lastTest: LastTest | null;
}

export const NOTHING: Opening = {
  values: null,
  etag: null,
  known: null,
  since: null,
  earlier: null,
  away: null,
  examples: [],
  lastTest: null,
};

/** `unsaved`: what this tab has of that very connector. `away`: why drafts cannot be read; null: they can. */
export function openingOf(
  draft: DraftView | null,
  unsaved: Unsaved | null,
  away: string | null = null,
): Opening {
  if (away !== null) return { ...withoutDraft(unsaved), known: unsaved?.draft ?? null, away };
  if (!draft) return withoutDraft(unsaved);
  const known = { id: draft.id, revision: Number(draft.revision) };
  const since = new Date(draft.updatedAt);
  const { examples, lastTest = null } = draft;
  const isOwn = unsaved?.draft?.id === draft.id;
  if (isOwn && unsaved.draft && unsaved.draft.revision >= known.revision) {
    const { values, etag, earlier } = unsaved;
    return { ...NOTHING, values, etag, known, since: earlier && since, earlier, examples, lastTest };
  }
  const etag = draft.baseRevision === null ? null : `"${draft.baseRevision}"`;
  const values = fromConnector(documentOf(draft));
  return { ...NOTHING, values, etag, known, since, earlier: earlierOf(unsaved), examples, lastTest };
}

const withoutDraft = (unsaved: Unsaved | null): Opening =>
  unsaved ? { ...NOTHING, values: unsaved.values, etag: unsaved.etag, earlier: unsaved.earlier } : NOTHING;

/** What is nowhere but in this tab before what may be on the server too. */
const earlierOf = (unsaved: Unsaved | null): Earlier | null =>
  unsaved && (unsaved.earlier ?? { values: unsaved.values, etag: unsaved.etag });

/** A draft has whatever was typed: what a connector always has may be missing. */
function documentOf({ connector }: DraftView): ConnectorView {
  const usual = { name: "", description: null, icon: null, category: "custom", config: {}, input_schema: {} };
  return { ...usual, output_schema: null, ...connector } as unknown as ConnectorView;
}
