import { useCallback, useEffect, useRef, useState } from "react";

export interface Loaded<T> {
  data: T | undefined;
  /** The answer to the last question that had one, which may have been another: for lists that should not flicker. */
  previous: T | undefined;
  error: Error | undefined;
  isLoading: boolean;
  retry: () => void;
}

interface State<T> {
  key: string | null;
  data: T | undefined;
  error: Error | undefined;
}

/** Asks whenever the key is another, and forgets the answer to any earlier one. A key of null asks nothing. */
export function useLoaded<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  waitMs = 0,
): Loaded<T> {
  const [state, setState] = useState<State<T>>({ key: null, data: undefined, error: undefined });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn asks again
  useEffect(() => {
    if (key === null) return;
    const aborted = new AbortController();
    const answered = (made: (before: State<T>) => State<T>) =>
      setState((before) => (aborted.signal.aborted ? before : made(before)));
    const timer = setTimeout(() => {
      latest.current(aborted.signal).then(
        (data) => answered(() => ({ key, data, error: undefined })),
        (error: unknown) =>
          answered((before) => ({
            key,
            data: before.key === key ? before.data : undefined,
            error: asError(error),
          })),
      );
    }, waitMs);
    return () => {
      clearTimeout(timer);
      aborted.abort();
    };
  }, [key, turn]);
  const retry = useCallback(() => setTurn((before) => before + 1), []);
  const isOfKey = key !== null && state.key === key;
  return {
    data: isOfKey ? state.data : undefined,
    previous: state.data,
    error: isOfKey ? state.error : undefined,
    isLoading: key !== null && !isOfKey,
    retry,
  };
}

export const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

/** What a host's error tells beside its message. */
export function traceOf(error: Error): string | null {
  const found = (error as { traceId?: unknown }).traceId;
  return typeof found === "string" ? found : null;
}
