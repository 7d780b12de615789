import { type RefObject, useEffect, useRef } from "react";

interface KeptFocus<T extends HTMLElement> {
  /** What holds the rows: buttons with `data-removes`, and one with `data-adds` that stays. */
  place: RefObject<T | null>;
  /** Called before a row goes with the button that has the focus; `at`: which row it is, if that is another one's. */
  leaving: (at?: number) => void;
}

/**
 * Whoever works by keyboard goes on where a row was: at the one that has taken its place, or the last; without rows at
 * what adds one, or the first thing there. Rows may go a moment later. Who has gone elsewhere meanwhile stays there.
 */
export function useKeptFocus<T extends HTMLElement>(): KeptFocus<T> {
  const place = useRef<T>(null);
  const left = useRef<{ pressed: Element | null; at: number } | null>(null);
  useEffect(() => {
    if (!left.current || left.current.pressed?.isConnected) return;
    const { at } = left.current;
    left.current = null;
    if (document.activeElement && document.activeElement !== document.body) return;
    const rows = removersIn(place.current);
    const next = rows[Math.min(at, rows.length - 1)];
    const rest = () =>
      place.current?.querySelector<HTMLElement>("[data-adds]:enabled") ?? first(place.current);
    (next ?? rest())?.focus();
  });
  return {
    place,
    leaving: (at) => {
      const pressed = document.activeElement;
      const own = removersIn(place.current).indexOf(pressed as HTMLElement);
      left.current = { pressed, at: at ?? Math.max(0, own) };
    },
  };
}

/** In what is folded away nobody can go on. */
const removersIn = (place: HTMLElement | null): HTMLElement[] =>
  [...(place?.querySelectorAll<HTMLElement>("[data-removes]") ?? [])].filter(
    (one) => !one.closest("[hidden]"),
  );

const first = (place: HTMLElement | null) => place?.querySelector<HTMLElement>("input, button");
