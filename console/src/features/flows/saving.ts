import { useQueryClient } from "@tanstack/react-query";
import { toast } from "@ui/Toast";
import { useState } from "react";
import { ApiError, ask } from "@/api/client";
import type { FlowView } from "@/api/flows";
import { differences, draftOf } from "./drafts";
import type { Drafting } from "./editor";
import { NewFlow } from "./new-flow";
import type { FieldProblem } from "./problems";
import { changeFlow, createFlow } from "./queries";
import { begun } from "./runs/starting";
import type { Draft } from "./steps";
import { type Names, nameOf } from "./words";

export interface Conflict {
  id: string;
  by: string;
  parts: readonly string[];
  etag: string | null;
  theirs: Draft;
}

export interface Failure {
  title: string;
  detail: string;
  traceId: string | null;
}

export interface Saving {
  isBusy: boolean;
  /** What the engine refused, by its pointers; null: nothing. */
  refused: readonly FieldProblem[] | null;
  failure: Failure | null;
  conflict: Conflict | null;
  /** The id of what is saved; null: it is not. */
  save: () => Promise<string | null>;
  overwrite: () => Promise<string | null>;
  reload: () => void;
}

/** Saves what nobody else has changed since; else says who did, and what differs. */
export function useSaving(id: string | null, drafting: Drafting, names: Names): Saving {
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<{ of: Draft; problems: readonly FieldProblem[] } | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const { draft, etag, settle } = drafting;
  const [fresh] = useState(() => new NewFlow({ create: createFlow, change: changeFlow }));

  const failed = (error: unknown) => {
    const { title, detail, traceId } =
      error instanceof ApiError ? error : new ApiError(0, "It did not work", String(error));
    setFailure({ title, detail, traceId });
  };

  const explain = async (flowId: string) => {
    const { body, etag: now } = await ask<FlowView>(`/api/flows/${flowId}`);
    const theirs = draftOf(body.definition);
    const parts = differences(theirs, draft, (step) => nameOf(step, names));
    setConflict({ id: flowId, by: body.updated_by, parts, etag: now, theirs });
  };

  const saved = async (against: string | null): Promise<string | null> => {
    setBusy(true);
    setFailure(null);
    setConflict(null);
    try {
      const answer = id ? await changeFlow(id, draft, against) : await fresh.save(draft, against);
      setRefusal(null);
      // Runs of what it is now are other runs than those of what it was.
      if (id) begun(id);
      settle(draft, answer.etag, answer.flow.id);
      client.setQueryData(["flow", answer.flow.id], { status: 200, body: answer.flow, etag: answer.etag });
      await client.invalidateQueries({ queryKey: ["flows"] });
      toast({ text: `${answer.flow.name} is saved` });
      return answer.flow.id;
    } catch (error) {
      const known = id ?? fresh.id;
      const isRefused = error instanceof ApiError && error.status === 422 && error.errors.length > 0;
      if (isRefused) setRefusal({ of: draft, problems: error.errors });
      else if (error instanceof ApiError && error.status === 412 && known) await explain(known).catch(failed);
      else failed(error);
      return null;
    } finally {
      setBusy(false);
    }
  };

  return {
    isBusy,
    // What was refused has been changed since: the engine is asked again.
    refused: refusal?.of === draft ? refusal.problems : null,
    failure,
    conflict,
    save: () => saved(etag),
    overwrite: () => saved(conflict?.etag ?? etag),
    reload: () => {
      if (!conflict) return;
      settle(conflict.theirs, conflict.etag, conflict.id);
      setConflict(null);
    },
  };
}
