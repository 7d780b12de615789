import type { Json } from "@json/exact";
import { useEffect, useState } from "react";
import type { Preview } from "@/api/schema";
import { preview } from "../queries";

const STOPPED_TYPING_MS = 250;
export type Previewed = Preview & { schema?: unknown };

/** What the server makes of the sample as one types; null: nothing yet, or there is nothing to transform. */
export function usePreview(expression: string, sample: Json | undefined): Previewed | null {
  const [found, setFound] = useState<Previewed | null>(null);
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
        const [first] = answer.previews;
        setFound(first ? { ...first, schema: answer.outputSchema } : null);
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
