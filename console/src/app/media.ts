import { useSyncExternalStore } from "react";

/** As narrow as a phone: the same as in the style sheets. */
const NARROW = "(max-width: 720px)";

export function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = window.matchMedia(NARROW);
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => window.matchMedia(NARROW).matches,
  );
}
