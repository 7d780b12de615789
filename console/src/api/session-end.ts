import { HEADERS } from "./headers";

/** Whether the server has said that nobody is signed in here any more. */
let ended = false;
let isLooking = false;
const listeners = new Set<() => void>();
const UNAUTHORIZED = 401;

function become(now: boolean): void {
  if (ended === now) return;
  ended = now;
  for (const listener of listeners) listener();
}

/**
 * Said by whatever met a 401: what is on the page stays there, and somebody is asked to sign in again. A service behind the
 * registry may refuse what that accepts: signing in would not help, so the registry is asked first.
 */
export async function sessionEnded(): Promise<void> {
  if (ended || isLooking) return;
  isLooking = true;
  try {
    const { status } = await fetch("/api/session", { headers: HEADERS, credentials: "same-origin" });
    if (status === UNAUTHORIZED) become(true);
  } catch {
    // Nobody answers: that is another matter, and is said by whatever asked.
  } finally {
    isLooking = false;
  }
}

export const sessionResumed = (): void => become(false);
export const hasSessionEnded = (): boolean => ended;

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
