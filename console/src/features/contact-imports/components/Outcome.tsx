import type { ContactImport } from "@/api/mapper";
import styles from "../Imports.module.css";
import { count, outcome } from "../model";

/** What became of the rows, or would. */
export function Outcome({ found }: { found: ContactImport }) {
  const isCheck = found.status === "checked" || found.status === "checking";
  const told = outcome(found.counts, isCheck);
  if (told.length === 0) return null;
  return (
    <ul className={styles.outcome}>
      {told.map(({ id, many, word }) => (
        <li key={id} data-refused={id === "refused" || undefined}>
          <strong>{many.toLocaleString("en")}</strong> {many === 1 ? "row" : "rows"} {word}
        </li>
      ))}
      {found.counts.errors > 0 && (
        <li className={styles.hint}>{count(found.counts.errors, "wrong cell", "wrong cells")}</li>
      )}
    </ul>
  );
}
