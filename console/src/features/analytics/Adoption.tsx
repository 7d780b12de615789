import type { AdoptionView } from "@/api/schema";
import styles from "./Analytics.module.css";
import { facts } from "./model";

export function Adoption({ adoption }: { adoption: AdoptionView }) {
  return (
    <dl className={styles.facts} aria-label="Adoption">
      {facts(adoption).map(({ label, value, hint }) => (
        <div key={label} className={styles.fact}>
          <dt>{label}</dt>
          <dd className={styles.number}>{value}</dd>
          <dd className={styles.hint}>{hint}</dd>
        </div>
      ))}
    </dl>
  );
}
