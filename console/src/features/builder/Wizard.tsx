import { isObject, type Json } from "@json/exact";
import { withPath } from "@lib/jsonata-insert";
import { Link } from "@tanstack/react-router";
import { Button, buttonClass } from "@ui/Button";
import { ProblemNote } from "@ui/States";
import { toast } from "@ui/Toast";
import { useEffect, useRef, useState } from "react";
import { FormProvider } from "react-hook-form";
import styles from "./Builder.module.css";
import { Conflict } from "./components/Conflict";
import { ChangedElsewhere, Continued, DraftsAway } from "./components/DraftNotes";
import { RequestPreview } from "./components/RequestPreview";
import { Restored } from "./components/restored";
import { StartFrom } from "./components/StartFrom";
import { StepContent } from "./components/StepContent";
import { StepList } from "./components/StepList";
import { WizardHead } from "./components/WizardHead";
import { indexOf, STEPS, type StepId } from "./step-ids";
import { TestPanel } from "./test-panel/TestPanel";
import { TrialProvider } from "./test-panel/trial";
import { useWizard, type WizardProps } from "./wizard";

export function Wizard(props: WizardProps) {
  const { id, inputs = {} } = props;
  const wizard = useWizard(props);
  const { form, step, goTo, saving, drafting } = wizard;
  const [isTesting, setTesting] = useState(step === "response");
  const top = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLElement>(null);
  const [asked, setAsked] = useState(0);
  const toTest = () => {
    setTesting(true);
    setAsked((times) => times + 1);
  };
  useEffect(() => {
    if (asked > 0) enter(panel.current);
  }, [asked]);
  const caret = useRef<number | null>(null);
  const index = indexOf(step);
  const next = STEPS[index + 1];
  const previous = STEPS[index - 1];
  const move = (to: StepId) => {
    wizard.settle();
    goTo(to);
    if (to === "response") setTesting(true);
    top.current?.focus();
    window.scrollTo({ top: 0 });
  };
  const forward = async () => {
    wizard.settle();
    if (next && (await saving.checkStep(step))) move(next.id);
  };
  const pick = (path: string, value: Json) => {
    const isLeaf = !isObject(value) && !Array.isArray(value);
    const inserted = withPath(form.getValues("transform"), caret.current, path, isLeaf);
    caret.current = step === "response" ? inserted.caret : null;
    form.setValue("transform", inserted.text, { shouldDirty: true });
    if (step !== "response") move("response");
    else if (isBelow(panel.current)) toast({ text: `${path} is in the transformation` });
  };
  return (
    <FormProvider {...form}>
      <TrialProvider
        connectorId={id}
        draft={saving.draft}
        onRefused={saving.showRefusal}
        onLead={saving.lead}
        first={inputs}
        examples={wizard.examples}
        caret={caret}
        keepLater={wizard.keepLater}
        keeping={wizard.keeping}
      >
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
            <WizardHead
              connector={id ? { id, name: props.clean.name } : null}
              step={index + 1}
              saving={saving.state}
              draft={drafting.state}
              undo={wizard.undo}
              isTesting={isTesting}
              onTest={toTest}
            />
            <StepList step={step} wrong={saving.wrongSteps} onChoose={move} />
            <div ref={top} tabIndex={-1} className={styles.content}>
              {wizard.away && <DraftsAway why={wizard.away} />}
              {(wizard.since || wizard.showEarlier) && (
                <Continued since={wizard.since} onEarlier={wizard.showEarlier} onDiscard={wizard.discard} />
              )}
              {drafting.state.name === "elsewhere" && (
                <ChangedElsewhere onKeepMine={() => drafting.keeper.send(true)} />
              )}
              {saving.conflict && (
                <Conflict
                  conflict={saving.conflict}
                  onOverwrite={saving.overwrite}
                  onReload={wizard.dropMine}
                />
              )}
              {saving.problem && <ProblemNote {...saving.problem} />}
              {saving.remarks[step]?.map((text) => (
                <ProblemNote key={text} title={text} />
              ))}
              {!id && step === "basic" && <StartFrom onTake={wizard.take} />}
              <Restored value={wizard.isRestored}>
                <StepContent step={step} />
              </Restored>
              {(step === "api" || step === "auth") && <RequestPreview />}
            </div>
            <footer className={styles.foot} data-foot>
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
          {isTesting && <TestPanel ref={panel} onClose={() => setTesting(false)} onPick={pick} />}
        </div>
      </TrialProvider>
    </FormProvider>
  );
}

/** The test is begun at its first input, where there is one. */
function enter(panel: HTMLElement | null): void {
  panel?.scrollIntoView({ block: "start" });
  panel?.querySelector<HTMLElement>("form :is(input, textarea, button)")?.focus({ preventScroll: true });
}

/** Where there is little room the test stands below the step, and not beside it. */
const isBelow = (panel: HTMLElement | null): boolean =>
  panel !== null && panel.offsetTop > (panel.previousElementSibling as HTMLElement).offsetTop;
