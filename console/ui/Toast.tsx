import { type ComponentType, useEffect, useSyncExternalStore } from "react";
import styles from "./Toast.module.css";

export interface Told {
  text: string;
  tone?: "danger";
  action?: { label: string; run: () => void };
}

interface State {
  /** null: not loaded yet. */
  Toasts: ComponentType | null;
  /** Told while it could not be loaded: shown without it. */
  plain: readonly Told[];
}

let state: State = { Toasts: null, plain: [] };
const listeners = new Set<() => void>();

function become(changed: Partial<State>): void {
  state = { ...state, ...changed };
  for (const listener of listeners) listener();
}

async function loaded() {
  const { default: Toasts, show } = await import("./Toasts");
  if (!state.Toasts) become({ Toasts });
  return show;
}

/** Says in passing what happened; what belongs to a field is said there. */
export function toast(told: Told): void {
  loaded().then(
    (show) => show(told),
    () => become({ plain: [...state.plain.filter(({ text }) => text !== told.text), told] }),
  );
}

/** Its part comes when the first page is there: it is needed most when the server does not answer any more. */
export function ToastRegion() {
  const { Toasts, plain } = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
  useEffect(() => whenIdle(() => loaded().catch(() => undefined)), []);
  return (
    <>
      {Toasts && <Toasts />}
      {plain.length > 0 && (
        <div className={styles.region}>
          {plain.map((told) => (
            <Plain
              key={told.text}
              told={told}
              onDone={() => become({ plain: plain.filter((one) => one !== told) })}
            />
          ))}
        </div>
      )}
    </>
  );
}

function Plain({ told, onDone }: { told: Told; onDone: () => void }) {
  const act = () => {
    told.action?.run();
    onDone();
  };
  return (
    <p role="alert" className={`${styles.toast} ${told.tone ? styles.danger : ""}`}>
      {told.text}
      <button type="button" onClick={act}>
        {told.action?.label ?? "Close"}
      </button>
    </p>
  );
}

/** When the browser has nothing else to do. */
export function whenIdle(run: () => void): void {
  if ("requestIdleCallback" in window) window.requestIdleCallback(run);
  else setTimeout(run, 1_000);
}
