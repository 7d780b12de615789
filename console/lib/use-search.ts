import type { Json } from "@json/exact";
import { type Search, searchFor } from "@json/tree";
import { useEffect, useMemo, useReducer } from "react";

/** Lines that are looked at before the page is drawn, or answers, again: some milliseconds' worth. */
const LINES_AT_ONCE = 10_000;

/** What a document has of a text, of a large one more and more of it; null: nothing is looked for. */
export function useSearch(value: Json, text: string): Pick<Search, "found" | "isDone"> | null {
  const search = useMemo(() => {
    if (!text.trim()) return null;
    const begun = searchFor(text, value);
    begun.goOn(LINES_AT_ONCE);
    return begun;
  }, [value, text]);
  const [, told] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    if (!search || search.isDone) return;
    let waiting = setTimeout(function goOn() {
      search.goOn(LINES_AT_ONCE);
      told();
      if (!search.isDone) waiting = setTimeout(goOn);
    });
    return () => clearTimeout(waiting);
  }, [search]);
  return search;
}
