import type { Json } from "@json/exact";
import { useEffect, useState } from "react";
import type { Preview } from "@/api/schema";
import { preview } from "../queries";

const STOPPED_TYPING_MS = 250;

/** What the server makes of the sample as one types; null: nothing yet, or there is nothing to transform. */
export function usePreview(expression: string, sample: Json | undefined): Preview | null {
  const [found, setFound] = useState<Preview | null>(null);
  useEffect(() => {
    if (sample === undefined) {
      setFound(null);
      return;
    }
    const stop = new AbortController();
    const asked = expression.trim() || "$";
    const typing = setTimeout(async () => {
      try {
        const answer = await preview(asked, sample, stop.signal);
        setFound(answer.previews[0] ?? null);
      } catch {
        // The server is away, or this is asked no more: what was shown stays.
      }
    }, STOPPED_TYPING_MS);
    return () => {
      clearTimeout(typing);
      stop.abort();
    };
  }, [expression, sample]);
  return found;
}
