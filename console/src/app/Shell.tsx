import { Outlet } from "@tanstack/react-router";
import { Part } from "@ui/Part";
import { whenIdle } from "@ui/Toast";
import { lazy, useEffect, useState, useSyncExternalStore } from "react";
import { hasSessionEnded, onSessionChange } from "@/api/session-end";
import { useIsNarrow } from "./media";
import styles from "./Shell.module.css";
import { Sidebar } from "./Sidebar";
import { TopBar } from "./TopBar";
import { useTitle } from "./title";

const Palette = lazy(() => import("./Palette"));
const dialog = () => import("@/features/session/SessionDialog");
const SessionDialog = lazy(dialog);

export function Shell() {
  const isNarrow = useIsNarrow();
  const [seeks, setSeeks] = useState(false);
  const seek = () => setSeeks(true);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!opensPalette(event)) return;
      event.preventDefault();
      setSeeks(true);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#page">
        To the content
      </a>
      {isNarrow ? <TopBar onSeek={seek} /> : <Sidebar onSeek={seek} />}
      <main id="page" className={styles.page} tabIndex={-1}>
        <Outlet />
      </main>
      <PageName />
      {seeks && (
        <Part onFail={() => setSeeks(false)}>
          <Palette onClose={() => setSeeks(false)} />
        </Part>
      )}
      <SessionEnd />
    </div>
  );
}

/** Ctrl K, or ⌘ K where that is usual: there, Ctrl K deletes to the end of a line. */
function opensPalette(event: KeyboardEvent): boolean {
  const isMac = navigator.platform.startsWith("Mac");
  return event.key.toLowerCase() === "k" && !event.shiftKey && (isMac ? event.metaKey : event.ctrlKey);
}

/** Says to whoever does not see it that another page is there. */
function PageName() {
  const title = useTitle();
  return (
    <span className="visually-hidden" aria-live="polite">
      {title}
    </span>
  );
}

function SessionEnd() {
  const ended = useSyncExternalStore(onSessionChange, hasSessionEnded);
  // It is here before it is needed: then there may be a newer build, which has another one.
  useEffect(() => whenIdle(() => dialog().catch(() => undefined)), []);
  return ended ? (
    <Part fallback={<Ended />}>
      <SessionDialog />
    </Part>
  ) : null;
}

function Ended() {
  return (
    <p role="alert" className={styles.ended}>
      Your session has ended. Sign in in another tab, then go on here.
    </p>
  );
}
