import { parseJson } from "@json/exact";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { forget, keep, kept, sameDraft, type Unsaved } from "./drafts";
import { amended, begun, done, type History, redone, undone } from "./history";
import { byStep, type FieldProblem, type Told, toldOf } from "./problems";
import { checkQuery } from "./queries";
import type { Draft } from "./steps";

const TYPING_MS = 400;

export interface Drafting {
  draft: Draft;
  /** What is typed into one field, one after the other, is undone at once: `field` says which. */
  change: (made: (draft: Draft) => Draft, field?: string) => void;
  undo: () => void;
  redo: () => void;
  canUndo: boolean;
  canRedo: boolean;
  isDirty: boolean;
  /** The revision that this is a change of. */
  etag: string | null;
  /** This is what is stored now, of which flow. */
  settle: (stored: Draft, etag: string | null, id: string) => void;
}

/**
 * The draft of a flow: what is stored, changed step by step, kept in this tab until it is saved. `owner`: whose tab it
 * is; `id` null: it is a new one, until it is stored.
 */
export function useDraft(
  owner: string,
  id: string | null,
  stored: Draft,
  storedEtag: string | null,
): Drafting {
  const [storedAs, setStoredAs] = useState(id);
  const place = `${owner}.${storedAs ?? "new"}`;
  const [first] = useState(() => kept(place, parseJson) ?? { draft: stored, etag: storedEtag });
  const [history, setHistory] = useState<History<Draft>>(() => begun(first.draft));
  const [clean, setClean] = useState(stored);
  const [etag, setEtag] = useState(first.etag);
  const field = useRef<string | undefined>(undefined);
  const draft = history.present;
  const isDirty = !sameDraft(draft, clean);
  useKeeping(place, { draft, etag }, isDirty);
  const go = (step: (history: History<Draft>) => History<Draft>) => {
    field.current = undefined;
    setHistory(step);
  };
  return {
    draft,
    change: (made, of) => {
      const goesOn = of !== undefined && of === field.current;
      field.current = of;
      setHistory((was) => {
        const next = made(was.present);
        if (next === was.present) return was;
        return goesOn ? amended(was, next) : done(was, next);
      });
    },
    undo: () => go(undone),
    redo: () => go(redone),
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    isDirty,
    etag,
    settle: (now, at, as) => {
      // What was typed while it was being stored is a change of that flow, and goes with it to its address.
      forget(place);
      setStoredAs(as);
      setClean(now);
      setEtag(at);
      if (!sameDraft(now, draft)) go((was) => done(was, now));
    },
  };
}

function useKeeping(place: string, unsaved: Unsaved, isDirty: boolean): void {
  useEffect(() => {
    if (isDirty) keep(place, unsaved);
    else forget(place);
  });
}

export interface Judged {
  told: readonly Told[];
  ofSteps: ReadonlyMap<string, readonly Told[]>;
  ofFlow: readonly Told[];
}

/** What the engine says of the draft, a moment after the last change; and what it said when it refused to save. */
export function useJudgement(draft: Draft, refused: readonly FieldProblem[] | null): Judged {
  const settled = useSettled(draft, TYPING_MS);
  const check = useQuery({ ...checkQuery(settled), enabled: settled.steps.length > 0 });
  const problems = refused ?? (settled.steps.length > 0 ? check.data : undefined);
  return useMemo(() => {
    const told = (problems ?? []).map((problem) => toldOf(problem, settled.steps));
    return { told, ofSteps: byStep(told), ofFlow: told.filter(({ stepId }) => stepId === null) };
  }, [problems, settled]);
}

function useSettled<T>(value: T, pauseMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const typing = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(typing);
  }, [value, pauseMs]);
  return settled;
}
