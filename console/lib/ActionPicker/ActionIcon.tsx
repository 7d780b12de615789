import styles from "./ActionPicker.module.css";

/** The emoji that was chosen, else the first letter of the name. */
export function ActionIcon({ icon, name }: { icon: string | null; name: string }) {
  const [letter = "?"] = name.trim();
  return (
    <span className={styles.icon} aria-hidden="true">
      {icon?.trim() ? icon : letter.toUpperCase()}
    </span>
  );
}
