import { Status } from "@ui/States";
import type { PerformanceView } from "@/api/schema";
import styles from "./Measures.module.css";
import { type Measure, measures, percentiles } from "./model";

/** Time, success and errors, each against its goal. */
export function Goals({ performance }: { performance: PerformanceView }) {
  return (
    <section aria-label="Goals" className={styles.panel}>
      <dl className={styles.tiles}>
        {measures(performance).map((measure) => (
          <Tile key={measure.id} {...measure} />
        ))}
      </dl>
      <dl className={styles.percentiles}>
        {percentiles(performance).map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Tile({ label, value, goal, met }: Measure) {
  return (
    <div className={styles.tile}>
      <dt>{label}</dt>
      <dd className={styles.value}>{value}</dd>
      <dd className={styles.goal}>
        {met !== null && <Status tone={met ? "success" : "danger"}>{met ? "Met" : "Missed"}</Status>}
        <span>{goal}</span>
      </dd>
    </div>
  );
}
