import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { UseFormReturn } from "react-hook-form";
import type { FieldProblem } from "@/api/schema";
import { beginDraft, changeDraft, discardDraft, listDrafts, type Sent } from "@/features/drafts/queries";
import { DraftKeeper, type DraftState, type Known } from "./draft-keeper";
import type { Values } from "./values";

interface DraftingProps {
  connectorId: string | null;
  known: Known | null;
  /** Why drafts cannot be read; null: they can. */
  away: string | null;
  form: UseFormReturn<Values>;
  present: () => Sent;
  lighten: (errors: readonly FieldProblem[]) => boolean;
  onKnown: (known: Known | null) => void;
}

function firstState({ known, away }: DraftingProps): DraftState {
  if (away !== null) return { name: "failed", why: away };
  return known ? { name: "kept", at: new Date() } : { name: "none" };
}

/** The draft on the server of what stands in the form. */
export function useDrafting(props: DraftingProps) {
  const { connectorId, form } = props;
  const client = useQueryClient();
  const [state, setState] = useState<DraftState>(() => firstState(props));
  const latest = useRef(props);
  latest.current = props;
  const isHere = useRef(true);
  const [keeper] = useState(
    () =>
      new DraftKeeper(
        {
          drafts: {
            begin: (sent, key) => beginDraft(connectorId, sent, key),
            change: changeDraft,
            discard: discardDraft,
            other: async () => (connectorId ? ((await listDrafts(connectorId))[0] ?? null) : null),
          },
          present: () => latest.current.present(),
          lighten: (errors) => latest.current.lighten(errors),
          onState: (now) => isHere.current && setState(now),
          onKnown: (known) => {
            client.invalidateQueries({ queryKey: ["drafts"] });
            if (isHere.current) latest.current.onKnown(known);
          },
        },
        props.known,
      ),
  );
  useEffect(() => {
    const { unsubscribe } = form.watch((_values, { name, type }) => {
      if (name || type) keeper.changed();
    });
    isHere.current = true;
    return () => {
      unsubscribe();
      isHere.current = false;
      keeper.leave();
    };
  }, [form.watch, keeper]);
  return { state, keeper };
}
