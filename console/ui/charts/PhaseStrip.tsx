import "./tones.css";
import styles from "./PhaseStrip.module.css";
import type { ChartTone } from "./tone";

export interface StripPhase {
  name: string;
  word: string;
  seconds: number;
  tone: ChartTone;
  /** It is drawn shorter than it took, so that the others can be seen. */
  isFolded?: boolean;
}

export interface PhaseStripProps {
  phases: readonly StripPhase[];
  /** Seconds as a person reads them. */
  format: (seconds: number) => string;
}

const FOLDED_SHARE = 0.12;

/** Where the time went, in one line; the numbers are shown on hover, and while a `data-phase-row` has the focus. */
export function PhaseStrip({ phases, format }: PhaseStripProps) {
  const took = phases.filter(({ seconds }) => seconds > 0);
  const open = took.filter(({ isFolded }) => !isFolded).reduce((sum, { seconds }) => sum + seconds, 0) || 1;
  const words = took.map(({ word, seconds }) => `${word} ${format(seconds)}`).join(", ");
  return (
    <span className={styles.strip} role="img" aria-label={words || "It took no time"}>
      {took.map(({ name, tone, seconds, isFolded }) => (
        <span
          key={name}
          className={styles.phase}
          data-tone={tone}
          data-folded={isFolded || undefined}
          style={{ flexGrow: isFolded ? FOLDED_SHARE : seconds / open }}
        />
      ))}
      <span className={styles.stripNumbers} aria-hidden="true">
        {took.map(({ name, word, tone, seconds }) => (
          <Numbers key={name} word={word} tone={tone} value={format(seconds)} />
        ))}
      </span>
    </span>
  );
}

function Numbers({ word, tone, value }: { word: string; tone: ChartTone; value: string }) {
  return (
    <>
      <span className={styles.swatch} data-tone={tone} />
      {word}
      <span className={styles.stripValue}>{value}</span>
    </>
  );
}
