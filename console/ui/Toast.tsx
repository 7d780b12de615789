import { lazy, Suspense, useSyncExternalStore } from "react";

export interface Told {
  text: string;
  tone?: "danger";
  action?: { label: string; run: () => void };
}

/** Loaded when there is something to say. */
const loaded = () => import("./Toasts");
const Toasts = lazy(loaded);
let isWanted = false;
const listeners = new Set<() => void>();

/** Says in passing what happened; what belongs to a field is said there. */
export function toast(told: Told): void {
  isWanted = true;
  for (const listener of listeners) listener();
  loaded().then(({ show }) => show(told));
}

export function ToastRegion() {
  const wanted = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isWanted,
  );
  return wanted ? (
    <Suspense fallback={null}>
      <Toasts />
    </Suspense>
  ) : null;
}
