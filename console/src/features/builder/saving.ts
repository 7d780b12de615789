import { type Json, jsonText } from "@json/exact";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { toast } from "@ui/Toast";
import { useRef, useState } from "react";
import type { FieldPath, UseFormReturn } from "react-hook-form";
import { ApiError, ask } from "@/api/client";
import type { ConnectorView, FieldProblem, KindsView } from "@/api/schema";
import { noteSaved, noteTested } from "@/api/tested";
import { authFieldsOf, withAuthDefaults } from "@/features/auth/fields";
import { useFlowEngine } from "@/features/flow-engine/queries";
import type { Found } from "./components/Conflict";
import type { Saving } from "./components/SaveState";
import { differences } from "./differences";
import { fromConnector, toDraft } from "./draft";
import { focusField } from "./focus";
import { change, check, create } from "./queries";
import { indexOf, STEPS, type StepId } from "./step-ids";
import { type Told, toldOf } from "./steps";
import type { Values } from "./values";

interface SavingProps {
  id: string | null;
  etag: string | null;
  form: UseFormReturn<Values>;
  kinds: KindsView;
  goTo: (step: StepId) => void;
  /** What was kept of it meanwhile is not needed any more. */
  onSaved: (id: string) => Promise<void>;
  /** What the last test made of the answer, as long as nothing was changed since. */
  answered: () => Json | undefined;
  /** What this tab has of it is given up. */
  onDropped: () => void;
}

interface Problem {
  title: string;
  detail: string;
  traceId: string | null;
}

/** Checks and saves by the server's own judgement, and shows what it says where it belongs. */
export function useSaving({ id, etag: first, form, kinds, goTo, onSaved, ...props }: SavingProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const hasFlows = useFlowEngine();
  const key = useRef(crypto.randomUUID());
  const [etag, setEtag] = useState(first);
  const [state, setState] = useState<Saving>("idle");
  const [isChecking, setChecking] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [conflict, setConflict] = useState<(Found & { etag: string; theirs: Values }) | null>(null);
  const [told, setTold] = useState<readonly Told[]>([]);

  /** A form as it would be saved. */
  const drawn = (values: Values): Json => {
    const kind = kinds.auth.find((one) => one.type === values.authType);
    return toDraft({ ...values, authFields: authFieldsOf(kind, values.authFields) });
  };
  const draft = (): Json => drawn(form.getValues());

  /** Shows what concerns steps up to this one; whether there was something. */
  const show = (errors: readonly FieldProblem[], upTo: number): boolean => {
    const values = form.getValues();
    const found = errors.map((error) => toldOf(error, values)).filter((one) => indexOf(one.step) <= upTo);
    form.clearErrors();
    setTold(found);
    for (const { field, message } of found) {
      if (field) form.setError(field as FieldPath<Values>, { type: "server", message });
    }
    return found.length > 0;
  };

  const leadTo = (errors: readonly FieldProblem[]) => {
    const values = form.getValues();
    const places = errors
      .map((error) => toldOf(error, values))
      .sort((a, b) => indexOf(a.step) - indexOf(b.step));
    const [place] = places;
    if (!place) return;
    goTo(place.step);
    if (place.field) focusField(form, place.field);
  };

  const showRefusal = (refusal: ApiError) => {
    show(refusal.errors, STEPS.length);
  };

  const failed = (error: unknown) => {
    const { title, detail, traceId } =
      error instanceof ApiError ? error : new ApiError(0, "It did not work", String(error));
    setProblem({ title, detail, traceId });
  };

  const checkStep = async (step: StepId): Promise<boolean> => {
    setChecking(true);
    setProblem(null);
    try {
      await check(id ? { connector: draft(), connectorId: id } : { connector: draft() });
      show([], 0);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 422) {
        failed(error);
        return false;
      }
      const upTo = indexOf(step);
      if (!show(error.errors, upTo)) return true;
      leadTo(error.errors.filter((one) => indexOf(toldOf(one, form.getValues()).step) <= upTo));
      return false;
    } finally {
      setChecking(false);
    }
  };

  const save = (over?: string) => saved(over ?? etag);

  /** `leads`: on to the flow that it is used in, where there is an engine of flows. */
  const saved = async (against: string | null, leads = false) => {
    setState("saving");
    setProblem(null);
    setConflict(null);
    try {
      const sent = draft();
      const answer = props.answered();
      const done = id && against ? await change(id, sent, against) : await create(sent, key.current);
      // Known from an earlier visit too.
      if (answer !== undefined) noteTested(jsonText(sent), answer);
      noteSaved(jsonText(sent), done.id);
      show([], 0);
      form.reset(form.getValues());
      setState("saved");
      await onSaved(done.id);
      await client.invalidateQueries({ queryKey: ["connectors"] });
      client.removeQueries({ queryKey: ["connector", done.id] });
      toast({
        text: `${done.name} is saved${done.published ? "" : ". Executors hear of it as soon as Kafka answers"}`,
      });
      await (leads && hasFlows ? navigate(flowsFor(done.id)) : navigate({ to: "/tools/connectors" }));
    } catch (error) {
      setState("idle");
      if (error instanceof ApiError && error.status === 422) {
        show(error.errors, STEPS.length);
        leadTo(error.errors);
        if (error.errors.length === 0) failed(error);
      } else if (error instanceof ApiError && error.status === 412 && id) await explain(id);
      else failed(error);
    }
  };

  const explain = async (connectorId: string) => {
    try {
      const { body, etag: now } = await ask<ConnectorView>(`/api/connectors/${connectorId}`);
      const theirs = withAuthDefaults(fromConnector(body), kinds.auth);
      setConflict({
        by: body.updated_by,
        parts: differences(theirs, form.getValues()),
        etag: now ?? "",
        theirs,
      });
    } catch (error) {
      failed(error);
    }
  };

  const reload = () => {
    if (!conflict) return;
    props.onDropped();
    form.reset(conflict.theirs);
    setEtag(conflict.etag);
    setConflict(null);
  };

  return {
    state,
    isBusy: isChecking || state === "saving",
    etag,
    problem,
    conflict,
    drawn,
    draft,
    checkStep,
    showRefusal,
    /** Into the field that is meant. */
    lead: (error: FieldProblem) => leadTo([error]),
    save: () => save(),
    use: () => saved(etag, true),
    overwrite: () => {
      if (!conflict) return;
      setEtag(conflict.etag);
      save(conflict.etag);
    },
    reload,
    /** What stands in the form is a change of that revision; null: of the one that was read. */
    goOnFrom: (revision: string | null) => setEtag(revision ?? first),
    wrongSteps: new Set(told.map(({ step }) => step)),
    remarks: remarksOf(told),
  };
}

const flowsFor = (connectorId: string) =>
  ({ to: "/tools/flows/use/$connectorId", params: { connectorId } }) as const;

/** What belongs to no field, by step. */
function remarksOf(told: readonly Told[]): Partial<Record<StepId, string[]>> {
  const found: Partial<Record<StepId, string[]>> = {};
  for (const { step, field, message } of told) {
    if (field === null) found[step] = [...(found[step] ?? []), message];
  }
  return found;
}
