import type { ReactNode } from "react";
import styles from "../Builder.module.css";

export function Section({
  title,
  hint,
  children,
  actions,
}: {
  title: string;
  hint?: ReactNode;
  children: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <section className={styles.section} aria-label={title}>
      <header className={styles.sectionHead}>
        <div>
          <h2>{title}</h2>
          {hint && <p className={styles.quiet}>{hint}</p>}
        </div>
        {actions}
      </header>
      {children}
    </section>
  );
}
