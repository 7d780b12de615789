import { useEffect, useMemo, useRef } from "react";
import type { UseFormReturn } from "react-hook-form";
import type { KindsView } from "@/api/schema";
import { secretNames } from "@/features/auth/fields";
import type { Known } from "./draft-keeper";
import { type Earlier, forget, isSamePlace, keep, type Place, placeOf } from "./keeping";
import type { Values } from "./values";

interface UnsavedProps {
  id: string | null;
  /** What a new one began as, as `placeOf` takes it. */
  began: string;
  form: UseFormReturn<Values>;
  etag: string | null;
  /** The draft on the server that it goes on from. */
  draft: Known | null;
  /** What this tab had before, and nobody has chosen or left yet. */
  earlier: Earlier | null;
  kinds: KindsView;
  restored: Values | null;
}

const STOPPED_TYPING_MS = 300;

/** Keeps what is typed for a reload, and brings back, when the wizard opens, what an earlier visit kept. Gives what
 * forgets it. */
export function useUnsaved(props: UnsavedProps): () => void {
  const { id, began, form, etag, draft, earlier, kinds, restored } = props;
  const secrets = useMemo(() => secretNames(kinds.auth), [kinds]);
  const begun = useRef(false);
  const place = useRef<Place>(placeOf(id, draft, began));
  const { watch, reset, getValues, formState } = form;
  const latest = useRef({ etag, draft, earlier, isDirty: false });
  latest.current = { etag, draft, earlier, isDirty: formState.isDirty };
  useEffect(() => {
    if (begun.current) return;
    // Once: what is kept from here on is older than what stands in the form.
    begun.current = true;
    if (restored) reset(restored, { keepDefaultValues: true });
  }, [restored, reset]);
  useEffect(() => {
    let typing: ReturnType<typeof setTimeout> | undefined;
    const write = () => {
      const { isDirty, ...rest } = latest.current;
      const now = placeOf(id, rest.draft, began);
      // It has become a draft, or another one: it is in one place.
      if (!isSamePlace(place.current, now)) forget(place.current);
      place.current = now;
      if (isDirty) keep(now, { values: getValues(), ...rest }, secrets);
    };
    const { unsubscribe } = watch(() => {
      clearTimeout(typing);
      typing = setTimeout(write, STOPPED_TYPING_MS);
    });
    window.addEventListener("pagehide", write);
    return () => {
      clearTimeout(typing);
      window.removeEventListener("pagehide", write);
      unsubscribe();
    };
  }, [watch, getValues, id, began, secrets]);
  return () => forget(place.current);
}
