import { type Json, jsonText } from "@json/exact";
import { useMemo } from "react";
import type { FieldMapping, MappingOptions, MappingPreview, PreviewLine } from "../data-source";
import { useLoaded } from "../loading";
import { useSource } from "../provider";
import { whole } from "./model";

const TYPING_MS = 300;
/** Of a sample, as JSON: the server tries no more. */
const MOST_CHARACTERS = 250_000;

export interface Foreseen {
  data: MappingPreview | undefined;
  error: Error | undefined;
  isLoading: boolean;
  retry: () => void;
  /** Of the mapping at a place, as it was last tried; null: it is another one since, or not whole. */
  lineOf: (place: number) => PreviewLine | null;
  isTooLarge: boolean;
}

interface Asked {
  mappings: readonly FieldMapping[];
  options: MappingOptions;
  sample: Json | undefined;
  contactId: string | null;
}

/** What would happen, asked for a moment after the last change. */
export function usePreview({ mappings, options, sample, contactId }: Asked): Foreseen {
  const source = useSource();
  const asked = mappings.filter(whole);
  const data = useMemo(() => (sample === undefined ? null : jsonText(sample)), [sample]);
  const sampleKey = useMemo(() => (data === null ? "" : hashOf(data)), [data]);
  const isTooLarge = data !== null && data.length > MOST_CHARACTERS;
  const key =
    data === null || isTooLarge || asked.length === 0
      ? null
      : JSON.stringify([jsonText(asked), options, contactId, sampleKey]);
  const loaded = useLoaded(
    key,
    async (signal) => {
      const told = await source.previewMapping(
        { fieldMappings: asked, options, data: sample as Json, contactId },
        signal,
      );
      return { asked, told, contactId, sampleKey };
    },
    TYPING_MS,
  );
  const { previous, error, isLoading, retry } = loaded;
  // While the next answer is on its way: what is known of the same contact and response.
  const isOfThese =
    previous?.contactId === contactId && previous.sampleKey === sampleKey && key !== null && !error;
  const last = loaded.data ?? (isOfThese ? previous : undefined);
  return {
    error,
    isLoading,
    retry,
    data: last?.told,
    isTooLarge,
    lineOf: (place) => {
      const at = last?.asked.indexOf(mappings[place] as FieldMapping) ?? -1;
      return (at < 0 ? null : last?.told.mappings[at]) ?? null;
    },
  };
}

/** Tells one sample from another, without keeping it in a key. */
function hashOf(text: string): string {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return `${text.length}:${hash}`;
}
