import styles from "./Menu.module.css";

/** Looks of what opens over the page, of a list in it, and of a line of that. */
export const popoverClass = styles.popover ?? "";
export const listClass = styles.list ?? "";
export const itemClass = styles.item ?? "";
