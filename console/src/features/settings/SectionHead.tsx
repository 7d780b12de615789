import type { ReactNode } from "react";
import styles from "./Settings.module.css";

export function SectionHead(props: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <header className={styles.head}>
      <div>
        <h2>{props.title}</h2>
        <p className={styles.intro}>{props.children}</p>
      </div>
      {props.action}
    </header>
  );
}
