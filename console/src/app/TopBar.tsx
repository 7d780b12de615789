import { useRouterState } from "@tanstack/react-router";
import { IconButton } from "@ui/Button";
import { Menu, Search, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { Bell } from "@/features/notices/Bell";
import { Account } from "./Account";
import { Brand, Navigation } from "./Navigation";
import styles from "./Shell.module.css";

/** In place of the sidebar where there is little room: its button opens the same over the page. */
export function TopBar({ onSeek }: { onSeek: () => void }) {
  const drawer = useRef<HTMLDialogElement>(null);
  const close = () => drawer.current?.close();
  const path = useRouterState({ select: (state) => state.location.href });
  // biome-ignore lint/correctness/useExhaustiveDependencies: it closes when it has led somewhere
  useEffect(close, [path]);
  useEffect(() => {
    const dialog = drawer.current;
    const outside = (event: MouseEvent) => event.target === dialog && dialog?.close();
    dialog?.addEventListener("click", outside);
    return () => dialog?.removeEventListener("click", outside);
  }, []);
  return (
    <header className={styles.bar}>
      <IconButton label="Open navigation" aria-haspopup="dialog" onPress={() => drawer.current?.showModal()}>
        <Menu size={18} aria-hidden="true" />
      </IconButton>
      <Brand />
      <IconButton label="Go to…" aria-haspopup="dialog" onPress={onSeek}>
        <Search size={17} aria-hidden="true" />
      </IconButton>
      <Bell />
      <dialog ref={drawer} className={styles.drawer} aria-label="Navigation">
        <div className={styles.drawerInside}>
          <div className={styles.top}>
            <Brand />
            <IconButton label="Close navigation" size="small" onPress={close}>
              <X size={16} aria-hidden="true" />
            </IconButton>
          </div>
          <Navigation />
          <Account />
        </div>
      </dialog>
    </header>
  );
}
