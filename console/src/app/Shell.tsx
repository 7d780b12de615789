import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { hasSessionEnded, onSessionChange } from "@/api/session-end";
import { useIsNarrow } from "./media";
import styles from "./Shell.module.css";
import { Sidebar } from "./Sidebar";
import { TopBar } from "./TopBar";
import { useTitle } from "./title";

const Palette = lazy(() => import("./Palette"));
const SessionDialog = lazy(() => import("@/features/session/SessionDialog"));

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
      <Suspense fallback={null}>
        {seeks && <Palette onClose={() => setSeeks(false)} />}
        <SessionEnd />
      </Suspense>
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
  return ended ? <SessionDialog /> : null;
}
