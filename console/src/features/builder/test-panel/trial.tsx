import { type Json, jsonText, tryParse } from "@json/exact";
import { createContext, type ReactNode, useContext, useMemo, useRef, useState } from "react";
import { useFormContext } from "react-hook-form";
import { ApiError } from "@/api/client";
import type { Tried } from "@/api/schema";
import { tryOut } from "../queries";
import type { Values } from "../values";
import { inputsFrom } from "./inputs";

export interface Trial {
  /** Texts of the form of inputs, by name; kept while the steps change. */
  inputs: Record<string, string>;
  setInput: (name: string, text: string) => void;
  isRunning: boolean;
  result: Tried | null;
  /** Why there is no result: the server's refusal. */
  refusal: ApiError | null;
  /** What was tested, to tell whether it has changed since. */
  tested: string | null;
  /** The answer as JSON; undefined: there is none. */
  sample: Json | undefined;
  run: () => Promise<void>;
  cancel: () => void;
  /** The draft as it would be tested now. */
  draft: () => Json;
}

const Context = createContext<Trial | null>(null);

export function useTrial(): Trial {
  const trial = useContext(Context);
  if (!trial) throw new Error("a trial is of a wizard");
  return trial;
}

export interface TrialProviderProps {
  connectorId: string | null;
  /** The draft as it would be saved now. */
  draft: () => Json;
  onRefused: (refusal: ApiError) => void;
  /** What the form of inputs begins with. */
  first?: Record<string, string>;
  children: ReactNode;
}

export function TrialProvider({ connectorId, draft, onRefused, first = {}, children }: TrialProviderProps) {
  const { getValues } = useFormContext<Values>();
  const [inputs, setInputs] = useState<Record<string, string>>(first);
  const [state, setState] = useState<Pick<Trial, "isRunning" | "result" | "refusal" | "tested">>({
    isRunning: false,
    result: null,
    refusal: null,
    tested: null,
  });
  const stop = useRef<AbortController | null>(null);
  const run = async () => {
    stop.current?.abort();
    const mine = new AbortController();
    stop.current = mine;
    const connector = draft();
    setState((was) => ({ ...was, isRunning: true, refusal: null }));
    try {
      const body = { connector, inputs: inputsFrom(getValues("inputs"), inputs) };
      const result = await tryOut(connectorId ? { ...body, connectorId } : body, mine.signal);
      setState({ isRunning: false, result, refusal: null, tested: jsonText(connector) });
    } catch (error) {
      if (mine.signal.aborted) return;
      const refusal =
        error instanceof ApiError ? error : new ApiError(0, "The test did not run", String(error));
      setState((was) => ({ ...was, isRunning: false, refusal }));
      onRefused(refusal);
    }
  };
  const cancel = () => {
    stop.current?.abort();
    setState((was) => ({ ...was, isRunning: false }));
  };
  const text = state.result?.response?.body.text;
  const sample = useMemo(() => (text ? tryParse(text) : undefined), [text]);
  const setInput = (name: string, typed: string) => setInputs((was) => ({ ...was, [name]: typed }));
  return <Context value={{ ...state, inputs, setInput, sample, run, cancel, draft }}>{children}</Context>;
}
