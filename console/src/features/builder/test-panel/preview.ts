import type { Json } from "@json/exact";
import { fitting } from "@json/fitting";
import { useLoaded } from "@lib/loading";
import { useMemo, useRef } from "react";
import type { Preview } from "@/api/schema";
import { preview } from "../queries";

const STOPPED_TYPING_MS = 250;
/** Of a sample: the server takes a megabyte with all that is beside it. */
const MOST_BYTES = 500_000;

export interface Foreseen {
  /** null: nothing yet, or there is nothing to transform. */
  preview: Preview | null;
  /** The preview is of the expression as it is now, and of the whole sample. */
  isOfAll: boolean;
  /** Of a large answer: how many items of each list were looked at. */
  most: number | null;
  isTooLarge: boolean;
  error: Error | undefined;
  retry: () => void;
}

/** What the server makes of the sample as one types. */
export function usePreview(expression: string, sample: Json | undefined): Foreseen {
  const asked = expression.trim() || "$";
  const part = useMemo(() => (sample === undefined ? undefined : fitting(sample, MOST_BYTES)), [sample]);
  const number = useNumber(sample);
  const { data, previous, error, retry } = useLoaded(
    part ? `${number} ${asked}` : null,
    async (signal) => {
      const answer = await preview(asked, part?.value ?? null, signal);
      return { preview: answer.previews[0] ?? null, number, asked };
    },
    STOPPED_TYPING_MS,
  );
  const last = data ?? (previous?.number === number ? previous : undefined);
  return {
    preview: part && last ? last.preview : null,
    isOfAll: part?.most === null && last?.asked === asked,
    most: part?.most ?? null,
    isTooLarge: part === null,
    error,
    retry,
  };
}

/** Tells one value from the one before it. */
function useNumber(value: unknown): number {
  const count = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another value has another number
  return useMemo(() => (count.current += 1), [value]);
}
