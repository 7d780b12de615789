import type { Json } from "@json/exact";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { toast } from "@ui/Toast";
import { useCallback, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import type { ExampleDraft, FieldProblem, KindsView, Tried } from "@/api/schema";
import { withAuthDefaults } from "@/features/auth/fields";
import { beginDraft } from "@/features/drafts/queries";
import { type DraftKeeper, type Known, revisionOf } from "./draft-keeper";
import { useDrafting } from "./drafting";
import { inDraft, keepAll } from "./examples";
import { focusField } from "./focus";
import { missingInputs } from "./inputs";
import { lastTestOf, useLastTest } from "./last-test";
import { LeftOut } from "./left-out";
import type { Opening } from "./opening";
import { useSaving } from "./saving";
import type { StepId } from "./step-ids";
import { stepOf } from "./steps";
import { useUndo, useUndoKeys } from "./undo";
import { useUnsaved } from "./unsaved";
import type { Values } from "./values";

export interface WizardProps {
  /** null: it is a new one. */
  id: string | null;
  clean: Values;
  etag: string | null;
  kinds: KindsView;
  opening: Opening;
  /** What a new one began as: nothing, a copy, or an example. */
  began?: string;
  /** What the test begins with: inputs of an execution. */
  inputs?: Record<string, string>;
}

/** The form of the wizard, and all that keeps it: what is undone, the draft, and what is saved. */
export function useWizard({ id, clean, etag, kinds, began = "", ...props }: WizardProps) {
  const [opening] = useState(props.opening);
  const { step = "basic", draft } = useSearch({ strict: false }) as { step?: StepId; draft?: string };
  const navigate = useNavigate();
  const form = useForm<Values>({ defaultValues: clean, mode: "onSubmit", reValidateMode: "onSubmit" });
  const [known, setKnown] = useState(opening.known);
  const [since, setSince] = useState(opening.since);
  const [earlier, setEarlier] = useState(opening.earlier);
  // What was kept has no secrets in it.
  const [isRestored, setIsRestored] = useState(opening.values !== null);
  const keeperNow = useRef<DraftKeeper | null>(null);
  const goTo = (next: StepId) =>
    navigate({ to: ".", search: (was: object) => ({ ...was, step: next }) } as never);
  const forgetNow = useRef(() => {});
  const [examples, setExamples] = useState(opening.examples);
  const examplesNow = useRef(examples);
  const keepLater = (now: readonly ExampleDraft[]) => {
    examplesNow.current = now;
    setExamples(now);
  };
  const onSaved = async (savedId: string) => {
    forgetNow.current();
    await keeperNow.current?.end();
    const lost = await keepAll(savedId, examplesNow.current);
    keepLater([]);
    lastTest.put(null);
    if (lost.length > 0) toast({ text: `Not kept as an example: ${lost.join(", ")}`, tone: "danger" });
  };
  const onDropped = () => forgetNow.current();
  const answered = (): Json | undefined => lastTest.output();
  const saving = useSaving({
    id,
    etag: opening.etag ?? etag,
    form,
    kinds,
    goTo,
    onSaved,
    onDropped,
    answered,
  });
  const { drawn } = saving;
  const lastTest = useLastTest({ kinds, first: opening.lastTest, drawn, values: form.getValues });
  forgetNow.current = useUnsaved({
    id,
    began,
    form,
    etag: saving.etag,
    draft: known,
    earlier,
    kinds,
    restored: opening.values && { ...clean, ...opening.values },
  });
  const [leftOut] = useState(() => new LeftOut());
  const present = () =>
    leftOut.without({
      connector: saving.draft(),
      step,
      baseRevision: revisionOf(saving.etag),
      examples: inDraft(examplesNow.current),
      lastTest: lastTest.now(),
    });
  const lighten = (errors: readonly FieldProblem[]) => leftOut.add(present(), errors);
  const onKnown = useCallback(
    (now: Known | null) => {
      setKnown(now);
      if (id || !now || now.id === draft) return;
      const search = ({ from: _from, start: _start, ...was }: { from?: string; start?: string }) => ({
        ...was,
        draft: now.id,
      });
      navigate({ to: ".", search, replace: true } as never);
    },
    [id, draft, navigate],
  );
  const { away } = opening;
  const drafting = useDrafting({
    connectorId: id,
    known: opening.known,
    away,
    form,
    present,
    lighten,
    onKnown,
  });
  keeperNow.current = drafting.keeper;
  const showField = (field: string) => {
    drafting.keeper.changed();
    if (stepOf(field) !== step) goTo(stepOf(field));
    focusField(form, field);
  };
  const undo = useUndo(form, showField);
  useUndoKeys(undo);

  /** Inputs that the request uses are there as soon as a step is left, however soon that is. */
  const settle = () => {
    const rows = missingInputs(form.getValues());
    if (rows.length > 0)
      form.setValue("inputs", [...form.getValues("inputs"), ...rows], { shouldDirty: true });
  };

  const decided = () => {
    setSince(null);
    setEarlier(null);
  };
  /** Puts what this tab had into the form, as a step that can be undone no more. */
  const showEarlier = () => {
    if (!earlier) return;
    form.reset({ ...clean, ...earlier.values }, { keepDefaultValues: true });
    setIsRestored(true);
    saving.goOnFrom(earlier.etag);
    undo.restart();
    decided();
    drafting.keeper.changed();
  };
  /** Puts what was imported into the form, as one step that can be undone, and shows where it went. */
  const take = (values: Partial<Values>) => {
    const before = form.getValues();
    const name = before.name.trim() === "" ? (values.name ?? "") : before.name;
    const next = withAuthDefaults({ ...before, ...values, name }, kinds.auth);
    form.reset(next, { keepDefaultValues: true });
    undo.record("url");
    drafting.keeper.changed();
    goTo("api");
  };
  const discard = async () => {
    const discarded = present();
    const again = () => beginDraft(id, discarded, crypto.randomUUID());
    forgetNow.current();
    form.reset(clean);
    setIsRestored(false);
    keepLater([]);
    lastTest.put(null);
    undo.restart();
    decided();
    await drafting.keeper.drop();
    toast({
      text: "The draft is discarded",
      action: { label: "Undo", run: () => void again().catch(() => {}) },
    });
    if (!id) await navigate({ to: "/tools/connectors" });
  };
  const dropMine = () => {
    saving.reload();
    setIsRestored(false);
    undo.restart();
    decided();
    void drafting.keeper.drop();
  };
  /** It is in the draft at once: whoever tests looks at the answer, and may leave next. A test alone makes no draft. */
  const onTested = (result: Tried, inputs: { [name: string]: Json }, configuration: string) => {
    const next = lastTestOf(result, inputs, configuration, new Date());
    if (!next) return;
    lastTest.put(next);
    // As it is now: it may have been discarded while the API was called.
    if (!drafting.keeper.hasDraft && !form.formState.isDirty) return;
    drafting.keeper.changed();
    drafting.keeper.leave();
  };
  return {
    form,
    step,
    goTo,
    saving,
    undo,
    drafting,
    since,
    away,
    showEarlier: earlier && showEarlier,
    isRestored,
    take,
    settle,
    discard,
    dropMine,
    keeping: {
      kept: lastTest.test,
      configuration: lastTest.configuration,
      onTested,
      onForeseen: lastTest.foresee,
    },
    examples,
    keepLater: (example: ExampleDraft) => {
      keepLater([...examplesNow.current, example]);
      drafting.keeper.changed();
    },
  };
}
