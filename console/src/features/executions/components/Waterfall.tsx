import { Switch } from "@ui/Switch";
import { useState } from "react";
import type { ExecutionView } from "@/api/schema";
import { duration } from "@/app/time";
import { type Bar, barsOf, waterfall, wholeOf } from "../waterfall";
import styles from "./Waterfall.module.css";

/** Where its time went, one line for each step; long waits are folded until somebody wants them to scale. */
export function Waterfall({ view }: { view: ExecutionView }) {
  const [isToScale, setToScale] = useState(false);
  const steps = waterfall(view);
  const bars = barsOf(steps, isToScale);
  const isFolded = steps.some((step) => step.isFolded);
  return (
    <section className={styles.panel} aria-labelledby="waterfall">
      <header className={styles.head}>
        <h2 id="waterfall">Time</h2>
        <span className={styles.whole}>{duration(wholeOf(steps))} from the question to the last step</span>
        {isFolded && (
          <Switch label="To scale" value={isToScale} onChange={setToScale}>
            To scale
          </Switch>
        )}
      </header>
      <ol className={styles.steps}>
        {bars.map((bar) => (
          <StepRow key={bar.id} bar={bar} isToScale={isToScale} />
        ))}
      </ol>
      {(view.cut.includes("attempts") || view.cut.includes("parked")) && (
        <p className={styles.note}>
          There was more than is kept: some attempts or times in the backlog are missing here.
        </p>
      )}
      {steps.some(({ kind }) => kind === "call") && (
        <p className={styles.note}>
          A call is one bar here. Name lookup, connection, first byte and download are timed apart when you
          test the connector.
        </p>
      )}
    </section>
  );
}

function StepRow({ bar, isToScale }: { bar: Bar; isToScale: boolean }) {
  const folded = bar.isFolded && !isToScale;
  return (
    <li className={styles.step}>
      <span className={styles.word}>{bar.word}</span>
      <span className={styles.track} aria-hidden="true">
        <span
          className={styles.bar}
          data-tone={bar.tone}
          data-folded={folded || undefined}
          style={{ insetInlineStart: `${bar.left * 100}%`, width: `${bar.width * 100}%` }}
        />
      </span>
      <span className={styles.number}>{duration(bar.seconds)}</span>
    </li>
  );
}
