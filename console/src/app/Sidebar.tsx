import { Search } from "lucide-react";
import { Bell } from "@/features/notices/Bell";
import { Account } from "./Account";
import { Brand, Navigation } from "./Navigation";
import styles from "./Shell.module.css";

const MODIFIER = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";

export function Sidebar({ onSeek }: { onSeek: () => void }) {
  return (
    <aside className={styles.side}>
      <div className={styles.top}>
        <Brand />
        <Bell />
      </div>
      <button type="button" className={styles.seek} aria-haspopup="dialog" onClick={onSeek}>
        <Search size={15} aria-hidden="true" />
        Go to…
        <kbd>{MODIFIER} K</kbd>
      </button>
      <Navigation />
      <Account />
    </aside>
  );
}
