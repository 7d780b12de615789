import type { Json } from "@json/exact";
import { pointerParts } from "@json/paths";
import { useEffect, useState } from "react";
import { ask } from "@/api/client";
import type { Inference, SchemaChange } from "@/api/schema";

const STOPPED_TYPING_MS = 250;

interface Found {
  inference: Inference;
  sample: Json;
  saved: unknown;
}

/** `isStale`: it is of an output, or of a saved schema, that is another one by now. */
export type Inferred = Inference & { isStale: boolean };

/** The schema of an output, and how it differs from the saved one; null: nothing is known yet. */
export function useInference(sample: Json | undefined, saved: unknown): Inferred | null {
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    if (sample === undefined) {
      setFound(null);
      return;
    }
    const stop = new AbortController();
    const waiting = setTimeout(async () => {
      try {
        setFound({ inference: await infer(sample, saved, stop.signal), sample, saved });
      } catch {
        // The server is away, or this is asked no more: what was shown stays.
      }
    }, STOPPED_TYPING_MS);
    return () => {
      clearTimeout(waiting);
      stop.abort();
    };
  }, [sample, saved]);
  return found && { ...found.inference, isStale: found.sample !== sample || found.saved !== saved };
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
