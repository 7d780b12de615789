import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useOpened } from "@ui/opening";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { sessionQuery, useMay } from "@/features/session/queries";
import { type Editing, EditingContext } from "./components/context";
import { FlowBody } from "./components/FlowBody";
import { FlowHead } from "./components/FlowHead";
import { FlowNotes } from "./components/FlowNotes";
import { useSteps } from "./editing";
import { useDraft, useJudgement } from "./editor";
import styles from "./Flow.module.css";
import { usePlacing } from "./placing";
import { statesOf } from "./runs/model";
import { runQuery } from "./runs/queries";
import { RunPanel } from "./runs/RunPanel";
import { useSaving } from "./saving";
import type { FlowSearch } from "./search";
import { useShortcuts } from "./shortcuts";
import type { Draft } from "./steps";
import type { Names } from "./words";

const StepDialogs = lazy(() => import("./components/StepDialogs"));

export interface FlowEditorProps {
  /** null: it is a new one. */
  id: string | null;
  stored: Draft;
  etag: string | null;
  names: Names;
}

export function FlowEditor({ id, stored, etag, names }: FlowEditorProps) {
  const search = useSearch({ strict: false }) as FlowSearch;
  const navigate = useNavigate();
  const may = useMay();
  const mayEdit = may("connectors:edit");
  const who = useQuery(sessionQuery).data;
  const drafting = useDraft(`${who?.workspace_id}.${who?.user_id}`, id, stored, etag);
  const { draft } = drafting;
  const saving = useSaving(id, drafting, names);
  const judged = useJudgement(draft, saving.refused);
  const steps = useSteps(drafting, names);
  const run = useQuery({ ...runQuery(search.run ?? ""), enabled: search.run !== undefined });
  const [contactId, setContactId] = useState<string | null>(null);
  const show = (changed: Partial<Record<keyof FlowSearch, string | undefined>>, replace = false) =>
    navigate({
      to: ".",
      search: (was: FlowSearch) => without({ ...was, ...changed }),
      replace,
      resetScroll: false,
    } as never);
  usePlacing(search.add, draft, steps, () => show({ add: undefined }, true));
  // A run that was made is of a contact whom the settings can show values of.
  const ranFor = run.data?.contact_id ?? null;
  useEffect(() => {
    if (ranFor) setContactId((was) => was ?? ranFor);
  }, [ranFor]);
  const save = async (then: FlowSearch = {}): Promise<string | null> => {
    const saved = await saving.save();
    if (saved !== null && id === null) {
      await navigate({ to: "/tools/flows/$id", params: { id: saved }, search: then, replace: true });
    }
    return saved;
  };
  useShortcuts({ ...drafting, save: () => void (mayEdit && drafting.isDirty && !saving.isBusy && save()) });
  const ofRun = search.run === undefined ? null : statesOf(run.data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what it does follows from these
  const editing = useMemo<Editing>(
    () => ({
      ...steps,
      draft,
      names,
      mayEdit,
      problems: judged.ofSteps,
      run: ofRun,
      open: (step) => show({ step }),
    }),
    [draft, names, mayEdit, judged, run.data, search.run, steps.doing],
  );
  const isRunning = useOpened(search.panel === "run" || search.run !== undefined, true);
  return (
    <EditingContext.Provider value={editing}>
      <div className={styles.frame} data-panel={isRunning || undefined}>
        <div className={styles.page}>
          <FlowHead
            drafting={drafting}
            saving={saving}
            mayEdit={mayEdit}
            mayRun={may("connectors:execute")}
            isRunning={isRunning}
            onSave={() => save()}
            onRun={() => show({ panel: "run" })}
          />
          <FlowNotes steps={steps} saving={saving} problems={judged.ofFlow} />
          <FlowBody view={search.view} onView={(view) => show({ view }, true)} />
          <p className="visually-hidden" role="status">
            {steps.said}
          </p>
        </div>
        {isRunning && (
          <RunPanel
            id={id}
            runId={search.run ?? null}
            contactId={search.contact ?? contactId}
            draft={draft}
            isDirty={drafting.isDirty}
            isWrong={judged.told.length > 0}
            onSave={() => save({ panel: "run" })}
            onShow={(shown) => show({ run: shown ?? undefined, panel: "run", contact: undefined })}
            onClose={() => show({ run: undefined, panel: undefined, contact: undefined })}
          />
        )}
      </div>
      <Suspense>
        <StepDialogs
          flowId={id}
          steps={steps}
          opened={search.step}
          onClose={() => show({ step: undefined })}
          contactId={contactId}
          onContactChange={setContactId}
        />
      </Suspense>
    </EditingContext.Provider>
  );
}

const without = (search: object) =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
