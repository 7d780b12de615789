import type { Variable } from "../data-source";
import { shownValue } from "../fields";
import { known, readPlaceholder } from "./template";
import styles from "./VariableField.module.css";

/** A variable in a text: its way, and on hover what it holds; dashed when no earlier step gives it. */
export function Pill({ text, variables }: { text: string; variables: readonly Variable[] }) {
  const { path, isShaped } = readPlaceholder(text);
  const variable = path === null ? undefined : known(path, variables);
  const value = variable?.value === undefined ? "" : `: ${shownValue(variable.value)}`;
  const title = variable ? `${variable.group}${value}` : "No earlier step gives this";
  const shown = path !== null && !isShaped ? path : text.slice(2, -2).trim() || "?";
  return (
    <span className={styles.pill} data-unknown={variable ? undefined : true} title={title}>
      {shown}
    </span>
  );
}
