import { queryOptions } from "@tanstack/react-query";
import { ApiError } from "@/api/client";
import type { ConnectorView, DraftView } from "@/api/schema";
import { draftsQuery, readDraft } from "@/features/drafts/queries";
import { fromConnector } from "./draft";
import type { Known } from "./draft-keeper";
import type { Unsaved } from "./keeping";
import type { Values } from "./values";

/** The draft that the wizard opens with: the one that is named, or the caller's own of that connector. */
export const openedDraftQuery = (id: string | undefined, draftId: string | undefined) =>
  queryOptions({
    queryKey: ["opened-draft", id ?? "new", draftId ?? ""],
    queryFn: async ({ client, signal }): Promise<DraftView | null> => {
      const wanted = id ? (await client.fetchQuery({ ...draftsQuery(id), staleTime: 0 }))[0]?.id : draftId;
      if (!wanted) return null;
      return await readDraft(wanted, signal).catch((error: unknown) => {
        // Saved, discarded, or too old: there is nothing to go on with.
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      });
    },
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });

/** What the wizard begins with, beside what is saved. */
export interface Opening {
  values: Values | null;
  etag: string | null;
  known: Known | null;
  /** When the draft was changed last, where it was begun elsewhere or earlier. */
  since: Date | null;
  /** What this tab had, where a newer draft takes its place. */
  earlier: Values | null;
}

export const NOTHING: Opening = { values: null, etag: null, known: null, since: null, earlier: null };

export function openingOf(draft: DraftView | null, unsaved: Unsaved | null, isNew: boolean): Opening {
  if (!draft) {
    // A new one that has become a draft is on the list of those; what never got there is only here.
    if (!unsaved || (isNew && unsaved.draft)) return NOTHING;
    return { ...NOTHING, values: unsaved.values, etag: unsaved.etag };
  }
  const known = { id: draft.id, revision: Number(draft.revision) };
  const etag = draft.baseRevision === null ? null : `"${draft.baseRevision}"`;
  const own = unsaved?.draft?.id === draft.id ? unsaved : null;
  if (own?.draft && own.draft.revision >= known.revision) {
    return { ...NOTHING, values: own.values, etag: own.etag, known };
  }
  const values = fromConnector(documentOf(draft));
  return { values, etag, known, since: new Date(draft.updatedAt), earlier: own?.values ?? null };
}

/** A draft has whatever was typed: what a connector always has may be missing. */
function documentOf({ connector }: DraftView): ConnectorView {
  const usual = { name: "", description: null, icon: null, category: "custom", config: {}, input_schema: {} };
  return { ...usual, output_schema: null, ...connector } as unknown as ConnectorView;
}
