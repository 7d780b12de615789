import type { ExecutionView } from "@/api/schema";
import { exactTime } from "@/app/time";
import { decisionsOf } from "../decisions";
import styles from "./Page.module.css";

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});

/** What was decided about it, when, and why. */
export function Decisions({ view }: { view: ExecutionView }) {
  return (
    <section className={styles.panel} aria-labelledby="decisions">
      <h2 id="decisions">Decisions</h2>
      <ol className={styles.decisions}>
        {decisionsOf(view).map(({ at, what, why }) => (
          <li key={`${at} ${what}`}>
            <time dateTime={new Date(at).toISOString()} title={exactTime(new Date(at))}>
              {clock.format(at)}
            </time>
            <div>
              <strong>{what}</strong>
              {why && <p>{why}</p>}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
