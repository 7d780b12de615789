/** Whether the server has said that nobody is signed in here any more. */
let ended = false;
const listeners = new Set<() => void>();

function become(now: boolean): void {
  if (ended === now) return;
  ended = now;
  for (const listener of listeners) listener();
}

/** Said by whatever met a 401: what is on the page stays there, and somebody is asked to sign in again. */
export const sessionEnded = (): void => become(true);
export const sessionResumed = (): void => become(false);
export const hasSessionEnded = (): boolean => ended;

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
