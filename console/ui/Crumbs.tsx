import { ArrowLeft } from "lucide-react";
import { Children, type ReactNode } from "react";
import styles from "./Crumbs.module.css";

/** The pages above this one, from the outermost: links. What the page itself is called stands in its heading. */
export function Crumbs({ children }: { children: ReactNode }) {
  return (
    <nav aria-label="Where this is" className={styles.crumbs}>
      <ArrowLeft size={14} aria-hidden="true" />
      {Children.toArray(children).map((link, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they never move
        <span key={index} className={styles.crumb}>
          {index > 0 && <span aria-hidden="true">/</span>}
          {link}
        </span>
      ))}
    </nav>
  );
}
