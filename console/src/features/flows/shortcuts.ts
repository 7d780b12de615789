import { useEffect, useRef } from "react";

interface Shortcuts {
  undo: () => void;
  redo: () => void;
  save: () => void;
}

/** Ctrl or ⌘ with Z, Shift Z, Y and S; in a text Z and Y are the text's own. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const act = shortcutOf(event);
      if (!act) return;
      event.preventDefault();
      // A toast is an alertdialog, and covers nothing.
      if (!document.querySelector("[role=dialog]")) latest.current[act]();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

function shortcutOf(event: KeyboardEvent): keyof Shortcuts | null {
  if (!event.ctrlKey && !event.metaKey) return null;
  const key = event.key.toLowerCase();
  if (key === "s" && !event.shiftKey) return "save";
  const target = event.target as HTMLElement | null;
  if (target?.closest("input, textarea, [contenteditable=true]")) return null;
  if (key === "y") return "redo";
  if (key !== "z") return null;
  return event.shiftKey ? "redo" : "undo";
}
