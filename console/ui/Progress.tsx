import { Label, ProgressBar } from "react-aria-components";
import styles from "./Progress.module.css";

export interface ProgressProps {
  label: string;
  done: number;
  /** 0 while it is not known. */
  all: number;
  /** What stands at its end: "1,200 of 5,000 rows". */
  told: string;
}

export function Progress({ label, done, all, told }: ProgressProps) {
  const known = all > 0;
  const share = known ? Math.min(1, done / all) : 0;
  return (
    <ProgressBar
      className={styles.progress ?? ""}
      isIndeterminate={!known}
      value={done}
      maxValue={Math.max(all, 1)}
      valueLabel={told}
    >
      <Label className={styles.label ?? ""}>{label}</Label>
      <span className={styles.told}>{told}</span>
      <span className={styles.track} aria-hidden="true">
        <span
          className={styles.bar}
          data-unknown={!known || undefined}
          style={known ? { transform: `scaleX(${share})` } : {}}
        />
      </span>
    </ProgressBar>
  );
}
