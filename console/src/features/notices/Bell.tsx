import { useQuery } from "@tanstack/react-query";
import { IconButton } from "@ui/Button";
import { Part } from "@ui/Part";
import { Bell as BellIcon } from "lucide-react";
import { lazy, useRef, useState } from "react";
import { useMay } from "@/features/session/queries";
import { bellLabel } from "./model";
import styles from "./Notices.module.css";
import { noticesQuery } from "./queries";

const Notices = lazy(() => import("./Notices"));

/** Whether something waits for a person, and the way to it. */
export function Bell() {
  const may = useMay();
  const isReader = may("connectors:read");
  const { data } = useQuery({ ...noticesQuery, enabled: isReader });
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  if (!isReader) return null;
  const unread = data?.unread ?? 0;
  return (
    <>
      <IconButton
        ref={button}
        label={bellLabel(unread)}
        size="small"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onPress={() => setOpen(true)}
      >
        <BellIcon size={16} aria-hidden="true" />
        {unread > 0 && <span className={styles.mark} aria-hidden="true" />}
      </IconButton>
      {isOpen && (
        <Part onFail={() => setOpen(false)}>
          <Notices trigger={button} onClose={() => setOpen(false)} />
        </Part>
      )}
    </>
  );
}
