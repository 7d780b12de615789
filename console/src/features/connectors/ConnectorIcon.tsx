import styles from "./Row.module.css";

/** The emoji that was chosen, else the first letter of the name. */
export function ConnectorIcon({ icon, name, large }: { icon: string | null; name: string; large?: boolean }) {
  const [letter = "?"] = name.trim();
  return (
    <span className={`${styles.icon} ${large ? styles.large : ""}`} aria-hidden="true">
      {icon?.trim() ? icon : letter.toUpperCase()}
    </span>
  );
}
