import { type Json, jsonText, tryParse } from "@json/exact";
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, type RefObject, useContext, useMemo, useRef, useState } from "react";
import { useFormContext } from "react-hook-form";
import { ApiError } from "@/api/client";
import type { ExampleDraft, FieldProblem, LastTest, Tried } from "@/api/schema";
import { noteTested } from "@/api/tested";
import { examplesQuery, readExample } from "../examples";
import { callOf } from "../last-test";
import { tryOut } from "../queries";
import type { Values } from "../values";
import { inputsFrom, textsOf } from "./inputs";
import { isUsable } from "./model";

export interface Trial {
  /** null: it is not saved yet. */
  connectorId: string | null;
  /** Texts of the form of inputs, by name; kept while the steps change. */
  inputs: Record<string, string>;
  setInput: (name: string, text: string) => void;
  isRunning: boolean;
  result: Tried | null;
  /** Why there is no result: the server's refusal. */
  refusal: ApiError | null;
  /** What was tested, to tell whether it has changed since. */
  tested: string | null;
  /** The inputs that were tested. */
  sent: { [name: string]: Json };
  /** Fills the inputs from an example; its answer stands in as long as there is none of a test. */
  choose: (exampleId: string) => Promise<void>;
  /** What becomes examples of a connector that is not saved yet. */
  examples: readonly ExampleDraft[];
  keepLater: (example: ExampleDraft) => void;
  /** The answer as JSON; undefined: there is none. */
  sample: Json | undefined;
  /** The example that the answer is of; null: it is one of a test, or there is none. */
  sampleOf: string | null;
  /** When it was tested, where the answer is one that the draft has kept. */
  sampleAt: string | null;
  /** The last test that the draft has kept. */
  kept: LastTest | null;
  /** What would be tested now, as `kept` tells it. */
  configuration: () => string;
  /** Where the caret of the transformation is, while it is shown. */
  caret?: RefObject<number | null> | undefined;
  /** Into the field that a refusal is about. */
  lead: (problem: FieldProblem) => void;
  /** The answer that was tested becomes this by the transformation as it is now. */
  foresee: (output: Json) => void;
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

/** The last test, in the draft. */
export interface Keeping extends Pick<Trial, "kept" | "configuration"> {
  /** `configuration`: what was tested. */
  onTested: (result: Tried, inputs: Trial["sent"], configuration: string) => void;
  /** The answer that is kept becomes this by the transformation as it is now. */
  onForeseen: (output: Json) => void;
}

const NOT_KEPT: Keeping = { kept: null, configuration: () => "", onTested: () => {}, onForeseen: () => {} };

export interface TrialProviderProps {
  connectorId: string | null;
  /** The draft as it would be saved now. */
  draft: () => Json;
  onRefused: (refusal: ApiError) => void;
  onLead: (problem: FieldProblem) => void;
  /** What the form of inputs begins with. */
  first?: Record<string, string>;
  examples: readonly ExampleDraft[];
  keepLater: (example: ExampleDraft) => void;
  /** Without it nothing is kept. */
  keeping?: Keeping;
  caret?: RefObject<number | null>;
  children: ReactNode;
}

type State = Pick<Trial, "isRunning" | "result" | "refusal" | "tested" | "sent">;
const NOTHING: State = { isRunning: false, result: null, refusal: null, tested: null, sent: {} };

export function TrialProvider(props: TrialProviderProps) {
  const { connectorId, draft, onRefused, onLead, examples, keepLater, caret, children } = props;
  const { kept, configuration, onTested, onForeseen } = props.keeping ?? NOT_KEPT;
  const { getValues } = useFormContext<Values>();
  const [inputs, setInputs] = useState(() => firstInputs(props));
  const [state, setState] = useState(NOTHING);
  const [chosen, setChosen] = useState<Answered | null>(null);
  const stored = useNewest(connectorId);
  const example = chosen ?? answerOf(kept) ?? stored ?? draftOf(examples);
  const stop = useRef<AbortController | null>(null);
  const run = async () => {
    stop.current?.abort();
    const mine = new AbortController();
    stop.current = mine;
    const connector = draft();
    const what = configuration();
    setState((was) => ({ ...was, isRunning: true, refusal: null }));
    try {
      const sent = inputsFrom(getValues("inputs"), inputs);
      const body = { connector, inputs: sent };
      const result = await tryOut(connectorId ? { ...body, connectorId } : body, mine.signal);
      const tested = jsonText(connector);
      noteTested(tested, result.success ? (result.output as Json) : undefined);
      setState({ isRunning: false, result, refusal: null, tested, sent });
      onTested(result, sent, what);
    } catch (error) {
      if (mine.signal.aborted) return;
      const refusal =
        error instanceof ApiError ? error : new ApiError(0, "The test did not run", String(error));
      setState((was) => ({ ...was, isRunning: false, refusal }));
      onRefused(refusal);
    }
  };
  const foresee = (output: Json) => {
    const now = draft();
    const isSame = state.tested !== null && callOf(tryParse(state.tested)) === callOf(now);
    if (state.result?.success && isSame) noteTested(jsonText(now), output);
    if (sampleAt !== null) onForeseen(output);
  };
  const cancel = () => {
    stop.current?.abort();
    setState((was) => ({ ...was, isRunning: false }));
  };
  const choose = async (exampleId: string) => {
    const found = await readExample(connectorId ?? "", exampleId);
    setChosen(found);
    setInputs(textsOf(found.inputs as Json));
  };
  const answered = state.result && isUsable(state.result) ? state.result : null;
  const text = answered ? answered.response?.body.text : example?.text;
  const sample = useMemo(() => (text ? tryParse(text) : undefined), [text]);
  const setInput = (name: string, typed: string) => setInputs((was) => ({ ...was, [name]: typed }));
  const acts = { setInput, foresee, run, cancel, draft, choose, examples, keepLater, lead: onLead, caret };
  const shown = !answered && sample !== undefined ? example : null;
  const sampleOf = shown?.name ?? null;
  const sampleAt = shown?.at ?? null;
  return (
    <Context
      value={{ ...state, ...acts, connectorId, inputs, sample, sampleOf, sampleAt, kept, configuration }}
    >
      {children}
    </Context>
  );
}

/** `name`: of an example; `at`: when it was tested, of what the draft has kept. */
interface Answered {
  name?: string;
  at?: string;
  text: string;
}

function answerOf(kept: LastTest | null): Answered | null {
  const text = kept?.response.body.text;
  return kept && text ? { at: kept.testedAt, text } : null;
}

/** Those of an execution, else those of the last test. */
function firstInputs({ first = {}, keeping }: TrialProviderProps): Record<string, string> {
  return Object.keys(first).length > 0 ? first : textsOf(keeping?.kept?.inputs as Json);
}

/** The test that was kept last: its answer is there to be transformed as soon as somebody comes back. */
function useNewest(connectorId: string | null): Answered | null {
  const { data: kept } = useQuery({ ...examplesQuery(connectorId ?? ""), enabled: connectorId !== null });
  const [newest] = kept ?? [];
  const { data } = useQuery({
    queryKey: ["connector", connectorId, "examples", newest?.id],
    queryFn: () => readExample(connectorId ?? "", newest?.id ?? ""),
    enabled: newest !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (newest && data) ?? null;
}

/** Of a connector that is not saved yet. */
function draftOf(examples: readonly ExampleDraft[]): Answered | null {
  const newest = examples.at(-1);
  const text = newest?.response?.body?.text;
  return newest && text ? { name: newest.name, text } : null;
}
