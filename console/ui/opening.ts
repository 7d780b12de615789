import { startTransition, useCallback, useDeferredValue, useState } from "react";

/**
 * What opens may be large. A press is answered by the next picture; what it opens is rendered after that, in parts
 * between which the page answers. It closes at once.
 * `isFirst`: what is open as the page is drawn at first is part of that.
 */
export function useOpened(isOpen: boolean, isFirst = false): boolean {
  return useDeferredValue(isOpen, isFirst && isOpen) && isOpen;
}

/** The same for what keeps by itself whether it is open. */
export function useOpening(): { isOpen: boolean; onOpenChange: (isOpen: boolean) => void } {
  const [isOpen, setOpen] = useState(false);
  const onOpenChange = useCallback((wanted: boolean) => {
    if (wanted) startTransition(() => setOpen(true));
    else setOpen(false);
  }, []);
  return { isOpen, onOpenChange };
}
