import { Check, CircleAlert } from "lucide-react";
import { indexOf, STEPS, type StepId } from "../step-ids";
import styles from "./StepList.module.css";

interface StepListProps {
  step: StepId;
  /** Those where the server found something. */
  wrong: ReadonlySet<StepId>;
  onChoose: (step: StepId) => void;
}

export function StepList({ step, wrong, onChoose }: StepListProps) {
  return (
    <nav aria-label="Steps" className={styles.stepper}>
      <ol>
        {STEPS.map(({ id, title }, index) => {
          const isDone = index < indexOf(step);
          return (
            <li key={id}>
              <button
                type="button"
                className={styles.step}
                aria-current={id === step ? "step" : undefined}
                data-wrong={wrong.has(id) || undefined}
                onClick={() => onChoose(id)}
              >
                <span className={styles.stepMark} aria-hidden="true">
                  {wrong.has(id) ? (
                    <CircleAlert size={13} />
                  ) : isDone ? (
                    <Check size={12} strokeWidth={3} />
                  ) : (
                    index + 1
                  )}
                </span>
                <span className={styles.stepTitle}>{title}</span>
                {wrong.has(id) && <span className="visually-hidden">, something is wrong here</span>}
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
