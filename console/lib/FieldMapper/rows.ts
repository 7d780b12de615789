import { useRef } from "react";

/** Names for rows that have none, so that what is open of a row stays with it when another one goes. */
export function useRowIds(count: number): { ids: readonly number[]; remove: (place: number) => void } {
  const ids = useRef<number[]>([]);
  const next = useRef(0);
  while (ids.current.length < count) {
    ids.current.push(next.current);
    next.current += 1;
  }
  ids.current.length = count;
  return {
    ids: ids.current,
    remove: (place) => {
      ids.current.splice(place, 1);
    },
  };
}
