/** What was, what is, and what was undone. */
export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
}

const MOST_KEPT = 100;

export const begun = <T>(present: T): History<T> => ({ past: [], present, future: [] });

export function done<T>({ past, present }: History<T>, next: T): History<T> {
  return { past: [...past, present].slice(-MOST_KEPT), present: next, future: [] };
}

/** What follows one typing is one change: it takes the place of what is there. */
export const amended = <T>({ past }: History<T>, next: T): History<T> => ({
  past,
  present: next,
  future: [],
});

export function undone<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: before,
    future: [history.present, ...history.future],
  };
}

export function redone<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  return next === undefined ? history : { past: [...history.past, history.present], present: next, future };
}
