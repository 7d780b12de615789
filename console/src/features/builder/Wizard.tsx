import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button, buttonClass } from "@ui/Button";
import { ProblemNote } from "@ui/States";
import { FlaskConical } from "lucide-react";
import { useRef, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import type { KindsView } from "@/api/schema";
import styles from "./Builder.module.css";
import { Conflict } from "./components/Conflict";
import { SaveState } from "./components/SaveState";
import { StepContent } from "./components/StepContent";
import { StepList } from "./components/StepList";
import { kept } from "./keeping";
import { useSaving } from "./saving";
import { indexOf, STEPS, type StepId } from "./steps";
import { TestPanel } from "./test-panel/TestPanel";
import { TrialProvider } from "./test-panel/trial";
import { useUnsaved } from "./unsaved";
import type { Values } from "./values";

export interface WizardProps {
  /** null: it is a new one. */
  id: string | null;
  clean: Values;
  /** It begins with what it is a copy of, whatever an earlier visit of this tab has left. */
  isCopy: boolean;
  etag: string | null;
  kinds: KindsView;
  /** What the test begins with: inputs of an execution. */
  inputs?: Record<string, string>;
}

export function Wizard({ id, clean, isCopy, etag, kinds, inputs = {} }: WizardProps) {
  const { step = "basic" } = useSearch({ strict: false }) as { step?: StepId };
  const navigate = useNavigate();
  const form = useForm<Values>({ defaultValues: clean, mode: "onSubmit", reValidateMode: "onSubmit" });
  const [unsaved] = useState(() => (isCopy ? null : kept(id)));
  const [isTesting, setTesting] = useState(step === "response");
  const goTo = (next: StepId) =>
    navigate({ to: ".", search: (was: object) => ({ ...was, step: next }) } as never);
  const saving = useSaving({ id, etag: unsaved?.etag ?? etag, form, kinds, goTo });
  useUnsaved({ id, form, etag: saving.etag, kinds, restored: unsaved && { ...clean, ...unsaved.values } });
  const top = useRef<HTMLDivElement>(null);
  const index = indexOf(step);
  const next = STEPS[index + 1];
  const previous = STEPS[index - 1];
  const move = (to: StepId) => {
    goTo(to);
    if (to === "response") setTesting(true);
    top.current?.focus();
    window.scrollTo({ top: 0 });
  };
  const forward = async () => {
    if (next && (await saving.checkStep(step))) move(next.id);
  };
  const pick = (path: string) => {
    form.setValue("transform", joined(form.getValues("transform"), path), { shouldDirty: true });
    if (step !== "response") move("response");
  };
  return (
    <FormProvider {...form}>
      <TrialProvider connectorId={id} draft={saving.draft} onRefused={saving.showRefusal} first={inputs}>
        <div className={styles.frame} data-testing={isTesting || undefined}>
          <form
            className={styles.page}
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              if (next) forward();
              else saving.use();
            }}
          >
            <header className={styles.head}>
              <div>
                <h1>{id ? "Edit connector" : "Create connector"}</h1>
                <p className={styles.quiet}>
                  Step {index + 1} of {STEPS.length}
                </p>
              </div>
              <SaveState state={saving.state} />
              {!isTesting && (
                <Button icon={<FlaskConical size={15} />} onPress={() => setTesting(true)}>
                  Test request
                </Button>
              )}
            </header>
            <StepList step={step} wrong={saving.wrongSteps} onChoose={move} />
            <div ref={top} tabIndex={-1} className={styles.content}>
              {saving.conflict && (
                <Conflict
                  conflict={saving.conflict}
                  onOverwrite={saving.overwrite}
                  onReload={saving.reload}
                />
              )}
              {saving.problem && <ProblemNote {...saving.problem} />}
              {saving.remarks[step]?.map((text) => (
                <ProblemNote key={text} title={text} />
              ))}
              <StepContent step={step} />
            </div>
            <footer className={styles.foot}>
              <Link to="/tools/connectors" className={buttonClass("quiet")}>
                Cancel
              </Link>
              <span className={styles.space} />
              {previous && <Button onPress={() => move(previous.id)}>Previous</Button>}
              {id && next && (
                <Button onPress={saving.save} isPending={saving.state === "saving"}>
                  Save
                </Button>
              )}
              <Button variant="primary" type="submit" isPending={saving.isBusy}>
                {next ? "Next step" : "Save & Use"}
              </Button>
            </footer>
          </form>
          {isTesting && <TestPanel onClose={() => setTesting(false)} onPick={pick} />}
        </div>
      </TrialProvider>
    </FormProvider>
  );
}

/** A first path is the expression; a further one goes to its end, on a line of its own. */
function joined(expression: string, path: string): string {
  return expression.trim() === "" ? path : `${expression.trimEnd()}\n${path}`;
}
