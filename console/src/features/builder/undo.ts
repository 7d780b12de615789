import { jsonText } from "@json/exact";
import { useCallback, useEffect, useRef, useState } from "react";
import type { UseFormReturn } from "react-hook-form";
import {
  beginning,
  canRedo,
  canUndo,
  changed,
  copied,
  type History,
  type Moved,
  redone,
  undone,
} from "./history";
import type { Values } from "./values";

const STOPPED_TYPING_MS = 250;
/** Changes of one field that are closer together are one step. */
const JOINED_MS = 1_000;

export interface Undo {
  canUndo: boolean;
  canRedo: boolean;
  undo: () => void;
  redo: () => void;
  /** What the form shows now is one step after what it was. */
  record: (field: string) => void;
  /** What the form shows now is where its history begins. */
  restart: () => void;
}

/** Parameters of a URL that become rows are one step with it. */
const follows = (field: string, last: string): boolean =>
  field === last || (field === "query" && last === "url");

interface Pending {
  field: string;
  /** As they were after the last change of that field. */
  values: Values;
  timer: ReturnType<typeof setTimeout>;
}

/** `show`: leads to a field whose value has just become another one. */
export function useUndo(form: UseFormReturn<Values>, show: (field: string) => void): Undo {
  const { watch, getValues, reset } = form;
  const [history, setHistory] = useState<History<Values>>(() => beginning(copied(getValues())));
  const now = useRef(history);
  const pending = useRef<Pending | null>(null);
  const last = useRef({ field: "", at: Number.NEGATIVE_INFINITY });
  const isMoving = useRef(false);
  const isSameTurn = useRef(false);

  const set = useCallback((next: History<Values>) => {
    now.current = next;
    setHistory(next);
  }, []);

  const commit = useCallback(() => {
    const waiting = pending.current;
    if (!waiting) return;
    clearTimeout(waiting.timer);
    pending.current = null;
    const { values } = waiting;
    const before = now.current.steps[now.current.at]?.form;
    if (before && jsonText(before) === jsonText(values)) return;
    const isSoon = performance.now() - last.current.at < JOINED_MS;
    const followed = waiting.field === "inputs" && values.inputs.length > (before?.inputs.length ?? 0);
    set(
      changed(
        now.current,
        values,
        waiting.field,
        followed || (isSoon && follows(waiting.field, last.current.field)),
      ),
    );
    last.current = { field: followed ? last.current.field : waiting.field, at: performance.now() };
  }, [set]);

  // What an earlier visit kept is in the form by now: there is nothing before it.
  useEffect(() => set(beginning(copied(getValues()))), [getValues, set]);

  useEffect(() => {
    const { unsubscribe } = watch((_values, { name }) => {
      if (isMoving.current || !name) return;
      // What changes within one turn is of one press, and one step.
      if (pending.current && pending.current.field !== name && !isSameTurn.current) commit();
      if (pending.current) clearTimeout(pending.current.timer);
      const first = isSameTurn.current ? pending.current?.field : undefined;
      isSameTurn.current = true;
      queueMicrotask(() => {
        isSameTurn.current = false;
      });
      pending.current = {
        field: first ?? name,
        values: copied(getValues()),
        timer: setTimeout(commit, STOPPED_TYPING_MS),
      };
    });
    return () => {
      if (pending.current) clearTimeout(pending.current.timer);
      unsubscribe();
    };
  }, [watch, getValues, commit]);

  const move = (way: (history: History<Values>) => Moved<Values> | null) => {
    commit();
    const moved = way(now.current);
    if (!moved) return;
    isMoving.current = true;
    reset(copied(moved.form), { keepDefaultValues: true });
    isMoving.current = false;
    last.current = { field: "", at: Number.NEGATIVE_INFINITY };
    set(moved.history);
    show(moved.field);
  };

  return {
    canUndo: canUndo(history),
    canRedo: canRedo(history),
    undo: () => move(undone),
    redo: () => move(redone),
    record: (field) => {
      commit();
      set(changed(now.current, copied(getValues()), field, false));
    },
    restart: () => {
      if (pending.current) clearTimeout(pending.current.timer);
      pending.current = null;
      set(beginning(copied(getValues())));
    },
  };
}

/** What has texts of its own, which are no part of the form. */
const ELSEWHERE = "[role=dialog], [role=alertdialog], aside";

/** Ctrl Z and Shift Ctrl Z (Ctrl Y), but for an editor that undoes by itself. */
export function useUndoKeys({ undo, redo }: Pick<Undo, "undo" | "redo">): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || !(event.ctrlKey || event.metaKey)) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      if (event.target instanceof Element && event.target.closest(ELSEWHERE)) return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) redo();
      else undo();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}
