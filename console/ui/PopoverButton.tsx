import type { ReactNode } from "react";
import { Dialog, DialogTrigger, Popover } from "react-aria-components";
import { Button } from "./Button";
import { useOpening } from "./opening";
import styles from "./PopoverButton.module.css";
import { popoverClass } from "./popover";

export interface PopoverButtonProps {
  label: string;
  icon?: ReactNode;
  children: (close: () => void) => ReactNode;
}

/** A button that opens a small form beside it. */
export function PopoverButton({ label, icon, children }: PopoverButtonProps) {
  const opening = useOpening();
  return (
    <DialogTrigger {...opening}>
      <Button icon={icon}>{label}</Button>
      <Popover className={popoverClass} placement="bottom end" offset={4}>
        <Dialog className={styles.form ?? ""} aria-label={label}>
          {({ close }) => children(close)}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
