import { Fragment } from "react";
import { BRANCHES, type ListRef, type Step } from "../steps";
import { branchWord, nameOf } from "../words";
import { useEditing } from "./context";
import { SlotButton } from "./SlotButton";
import { StepCard } from "./StepCard";
import styles from "./Steps.module.css";

/** The steps in their order, branches below their `if`: all that the canvas shows and can do. */
export function StepList() {
  const { draft } = useEditing();
  return <Steps steps={draft.steps} list={null} label="Steps" />;
}

function Steps({ steps, list, label }: { steps: readonly Step[]; list: ListRef; label: string }) {
  return (
    <ol className={styles.list} aria-label={label}>
      {steps.length === 0 && (
        <li className={styles.item}>
          <SlotButton slot={{ list, index: 0 }} isLarge />
        </li>
      )}
      {steps.map((step, index) => (
        <Fragment key={step.id}>
          {index === 0 && (
            <li className={styles.between}>
              <SlotButton slot={{ list, index }} />
            </li>
          )}
          <li className={styles.item}>
            <StepCard step={step} />
            {step.action === "if" && <Branches step={step} />}
          </li>
          <li className={styles.between}>
            <SlotButton
              slot={{ list, index: index + 1 }}
              isLarge={list === null && index === steps.length - 1}
            />
          </li>
        </Fragment>
      ))}
    </ol>
  );
}

function Branches({ step }: { step: Step & { action: "if" } }) {
  const { names } = useEditing();
  return BRANCHES.map((branch) => (
    <div key={branch} className={styles.branch}>
      <h3 className={styles.branchTitle}>{branchWord(branch)}</h3>
      <Steps
        steps={step[branch] ?? []}
        list={{ within: step.id, branch }}
        label={`${branchWord(branch)} of ${nameOf(step, names)}`}
      />
    </div>
  ));
}
