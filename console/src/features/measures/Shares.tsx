import type { ReactNode } from "react";
import styles from "./Measures.module.css";
import { count, lengths, type Share } from "./model";

export interface SharesProps {
  label: string;
  shares: readonly Share[];
  /** What stands in place of a list without lines. */
  none: string;
  tone?: "danger";
  /** How a line is named, where not by its label. */
  name?: (share: Share) => ReactNode;
}

/** What makes up a number, the largest part first. */
export function Shares({ label, shares, none, tone, name = (share) => share.label }: SharesProps) {
  const long = lengths(shares);
  if (shares.length === 0) return <p className={styles.none}>{none}</p>;
  return (
    <ul className={styles.shares} aria-label={label}>
      {shares.map((share, index) => (
        <li key={share.id} className={styles.share}>
          <span className={styles.name}>{name(share)}</span>
          <span className={styles.number}>{count(share.value)}</span>
          <span className={styles.track} aria-hidden="true">
            <span
              className={styles.fill}
              data-tone={tone}
              style={{ width: `${(long[index] ?? 0) * 100}%` }}
            />
          </span>
        </li>
      ))}
    </ul>
  );
}
