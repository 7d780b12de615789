import { type Json, jsonText } from "@json/exact";
import { useCallback, useMemo, useRef, useState } from "react";
import type { KindsView, LastTest, Tried } from "@/api/schema";
import { isMasked, secretNames } from "@/features/auth/fields";
import { partsOf } from "./json-parts";
import { withoutSecrets } from "./keeping";
import { isUsable } from "./test-panel/model";
import type { Values } from "./values";

/** Bytes of the last test in a draft: a little less than the server takes. */
export const MOST_BYTES = 240_000;

/**
 * What a draft keeps of a test; null: its answer is none to work with. What is too large is kept without its text, and
 * says so: half of a JSON text is no answer to click into.
 */
export function lastTestOf(
  result: Tried,
  inputs: { [name: string]: Json },
  configuration: string,
  at: Date,
): LastTest | null {
  const { response } = result;
  if (!response || !isUsable(result)) return null;
  const kept = { testedAt: at.toISOString(), configuration, inputs, response: { ...response, headers: [] } };
  const whole = { ...kept, output: result.output ?? null };
  if (!response.body.truncated && fits(whole)) return whole;
  const body = { ...response.body, text: null, truncated: true };
  const cut = { ...kept, response: { ...kept.response, body }, output: null };
  return fits(cut) ? cut : { ...cut, inputs: {} };
}

const fits = (test: LastTest): boolean => new TextEncoder().encode(jsonText(test)).length <= MOST_BYTES;

/** What is tested of a form, but for its secrets: they are in no draft, and are entered again. */
export function untold(values: Values, secretFields: ReadonlySet<string>): Values {
  const told = withoutSecrets(values, secretFields);
  const fields = Object.entries(told.authFields);
  const open = fields.filter(([name, text]) => !secretFields.has(name) || isMasked(text));
  return { ...told, authFields: Object.fromEntries(open) };
}

/** 53 bits that tell texts apart, on any page: `crypto.subtle` is there over TLS alone, and nobody means to collide here. */
export function fingerprint(text: string): string {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}

/** undefined: they are of another configuration, or it was not kept. */
export function outputOf(
  known: readonly (LastTest | Foreseen | null)[],
  configuration: string,
): Json | undefined {
  const found = known.find((one) => one?.configuration === configuration);
  return (found?.output ?? undefined) as Json | undefined;
}

/** What is called, whatever becomes of its answer. */
export function callOf(connector: Json | undefined): string {
  const parts = partsOf(connector);
  const { responseTransform: _, ...config } = partsOf(parts.config);
  return jsonText({ ...parts, config });
}

/** The call, and what becomes of its answer: prints of both. */
export const configurationOf = (connector: Json): string =>
  `${fingerprint(callOf(connector))}.${fingerprint(jsonText(connector))}`;

const isSameCall = (one: string, other: string) => one.split(".")[0] === other.split(".")[0];

/** What the answer became by another transformation meanwhile: as good as tested, as long as the call is the same. */
export interface Foreseen {
  configuration: string;
  output: Json;
}

export const foreseenOf = (test: LastTest | null, configuration: string, output: Json): Foreseen | null =>
  test && isSameCall(test.configuration ?? "", configuration) ? { configuration, output } : null;

interface LastTestProps {
  kinds: KindsView;
  first: LastTest | null;
  /** A form as it would be saved. */
  drawn: (values: Values) => Json;
  values: () => Values;
}

/** The last test whose answer one can work with, of this visit or of an earlier one. */
export function useLastTest({ kinds, first, ...form }: LastTestProps) {
  const [test, setTest] = useState(first);
  const now = useRef(first);
  const foreseen = useRef<Foreseen | null>(null);
  const latest = useRef(form);
  latest.current = form;
  const secrets = useMemo(() => secretNames(kinds.auth), [kinds]);
  const configuration = useCallback((): string => {
    const { drawn, values } = latest.current;
    return configurationOf(drawn(untold(values(), secrets)));
  }, [secrets]);
  const put = (next: LastTest | null) => {
    now.current = next;
    foreseen.current = null;
    setTest(next);
  };
  return {
    test,
    now: () => now.current,
    put,
    configuration,
    /** What it made of the answer, as long as nothing was changed since. */
    foresee: (output: Json) => {
      foreseen.current = foreseenOf(now.current, configuration(), output);
    },
    output: (): Json | undefined => outputOf([foreseen.current, now.current], configuration()),
  };
}
