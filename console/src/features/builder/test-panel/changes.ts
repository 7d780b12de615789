import { type Json, jsonText } from "@json/exact";
import { pointerParts } from "@json/paths";
import { useLoaded } from "@lib/loading";
import { useMemo } from "react";
import { ask } from "@/api/client";
import type { Inference, SchemaChange } from "@/api/schema";

const STOPPED_TYPING_MS = 250;

export interface Inferred {
  inference: Inference | undefined;
  /** It is of an output, or of a saved schema, that is another one by now. */
  isStale: boolean;
  error: Error | undefined;
  retry: () => void;
}

/** The schema of an output, and how it differs from the saved one. */
export function useInference(sample: Json | undefined, saved: unknown): Inferred {
  const key = useMemo(
    () => (sample === undefined ? null : jsonText([sample, saved ?? null])),
    [sample, saved],
  );
  const load = (signal: AbortSignal) => infer(sample as Json, saved, signal);
  const { data, previous, error, isLoading, retry } = useLoaded(key, load, STOPPED_TYPING_MS);
  return { inference: key === null ? undefined : (data ?? previous), isStale: isLoading, error, retry };
}

async function infer(sample: Json, saved: unknown, signal: AbortSignal): Promise<Inference> {
  const compared: { [name: string]: Json } = saved ? { savedSchema: saved as Json } : {};
  const body: Json = { samples: [sample], ...compared };
  return (await ask<Inference>("/api/schema/infer", { method: "POST", body, signal })).body;
}

/** A pointer with a star for each item, as a path: `people[].name`; the whole output is `$`. */
export function placeWord(pointer: string): string {
  const parts = pointerParts(pointer);
  if (parts.length === 0) return "$";
  return parts.reduce(
    (path, part) => (part === "*" ? `${path}[]` : path === "" ? part : `${path}.${part}`),
    "",
  );
}

/** What a set of changes means for whoever reads the output. */
export function verdictOf(changes: readonly SchemaChange[] | null | undefined): {
  tone: "success" | "warning" | "danger" | "neutral";
  text: string;
} {
  if (!changes) return { tone: "neutral", text: "No schema is saved yet" };
  const breaking = changes.filter((change) => change.breaking).length;
  if (changes.length === 0) return { tone: "success", text: "As the saved one" };
  if (breaking === 0) return { tone: "warning", text: "More than the saved one, and nothing breaks" };
  return {
    tone: "danger",
    text:
      breaking === 1
        ? "1 change breaks what reads the output"
        : `${breaking} changes break what reads the output`,
  };
}
