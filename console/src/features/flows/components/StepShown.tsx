import { partsOf } from "../shown";
import type { Step } from "../steps";
import styles from "./StepShown.module.css";

/** A step that is looked at and not changed. */
export function StepShown({ step }: { step: Step }) {
  const parts = partsOf(step);
  if (parts.length === 0) return <p>Nothing is set here yet.</p>;
  return (
    <div className={styles.parts}>
      {parts.map(({ title, lines }) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          <dl className={styles.lines}>
            {lines.map(({ name, value }) => (
              <div key={name} className={styles.line}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
