import { CopyButton } from "@ui/CopyButton";
import type { EntryView } from "@/api/schema";
import { Time } from "@/app/Time";
import { exactTime } from "@/app/time";
import styles from "./Audit.module.css";
import { actorHint, actorName, type Difference, difference, facts } from "./model";

/** Who did it and when, what is different now, and what leads to the request. */
export function EntryDetail({ entry }: { entry: EntryView }) {
  const hint = actorHint(entry.actor);
  const differences = entry.changes.map(difference);
  return (
    <>
      <p className={styles.by}>
        {actorName(entry.actor)}
        {hint && <span className={styles.muted}> {hint}</span>}
        {" · "}
        <Time at={entry.at} />
        <span className={styles.muted}> ({exactTime(new Date(entry.at))})</span>
      </p>
      {differences.length > 0 && (
        <section aria-labelledby="changes">
          <h3 id="changes">What changed</h3>
          <ul className={styles.changes}>
            {differences.map((each, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: they are never reordered
              <Change key={index} change={each} />
            ))}
          </ul>
        </section>
      )}
      <dl className={styles.facts}>
        {facts(entry).map(({ label, value }) => (
          <div key={label} className={styles.fact}>
            <dt>{label}</dt>
            <dd>
              <code>{value}</code>
              <CopyButton label={`Copy ${label}`} text={value} done={`${label} is copied`} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Change({ change: { place, before, after, note } }: { change: Difference }) {
  return (
    <li className={styles.change}>
      {place && <code className={styles.place}>{place}</code>}
      {before !== null && (
        <p className={styles.before}>
          <span className="visually-hidden">Before: </span>
          <del>{before || "(empty)"}</del>
        </p>
      )}
      {after !== null && (
        <p className={styles.after}>
          <span className="visually-hidden">After: </span>
          <ins>{after || "(empty)"}</ins>
        </p>
      )}
      {note && <p className={styles.muted}>{note}</p>}
    </li>
  );
}
