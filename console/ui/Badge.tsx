import type { ReactNode } from "react";
import styles from "./Badge.module.css";

/** A short fact beside a name: a count, a kind. What is good or bad is a `Status`. */
export function Badge({ children, tone }: { children: ReactNode; tone?: "danger" }) {
  return (
    <span className={styles.badge} data-tone={tone}>
      {children}
    </span>
  );
}
