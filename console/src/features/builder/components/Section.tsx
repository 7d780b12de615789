import type { ReactNode, Ref } from "react";
import styles from "../Builder.module.css";

export function Section({
  title,
  hint,
  children,
  actions,
  ref,
}: {
  title: string;
  hint?: ReactNode;
  children: ReactNode;
  actions?: ReactNode;
  ref?: Ref<HTMLElement>;
}) {
  return (
    <section ref={ref} className={styles.section} aria-label={title}>
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
