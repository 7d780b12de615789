import { useSyncExternalStore } from "react";
import { ago, exactTime } from "./time";

const TICK_MS = 20_000;
const watching = new Set<() => void>();
let now = 0;
let ticking: ReturnType<typeof setInterval> | undefined;

/** All times of a page move on together. */
function watch(listener: () => void): () => void {
  watching.add(listener);
  ticking ??= setInterval(() => {
    for (const each of watching) each();
  }, TICK_MS);
  return () => {
    watching.delete(listener);
    if (watching.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** Clocks of two machines: what has ended a second from now has ended. */
const SOON_MS = 2_000;
const MINUTE_MS = 60_000;
const isSoon = (then: Date, present: Date) => then.getTime() - present.getTime() < MINUTE_MS;

function seen(): number {
  const present = Date.now();
  if (present - now >= TICK_MS / 2) now = present;
  return now;
}

/** "2 hours ago", "in 3 minutes", with the exact moment on hover; it keeps up while the page is open. */
export function Time({ at }: { at: string }) {
  const then = new Date(at);
  const present = new Date(useSyncExternalStore(watch, seen));
  return (
    <time dateTime={at} title={exactTime(then)}>
      {then.getTime() - present.getTime() > SOON_MS && isSoon(then, present)
        ? "in a moment"
        : ago(then, present)}
    </time>
  );
}
