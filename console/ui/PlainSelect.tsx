import { ChevronDown } from "lucide-react";
import styles from "./PlainSelect.module.css";

export interface PlainSelectProps {
  /** Read out, and not shown: what is chosen says it. */
  label: string;
  options: readonly { id: string; label: string }[];
  value: string;
  onChange: (id: string) => void;
}

/**
 * One of a few, by the browser's own list: a sixth of what a page loads at first would be that of `Select`, which shows a
 * line below each of its options, and what is wrong with the chosen one.
 */
export function PlainSelect({ label, options, value, onChange }: PlainSelectProps) {
  return (
    <span className={styles.place}>
      <select
        className={styles.select}
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown size={15} aria-hidden="true" />
    </span>
  );
}
