import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { Button, IconButton } from "./Button";
import styles from "./Dialog.module.css";
import { useOpened } from "./opening";

export interface DialogProps {
  title: string;
  /** What it is about, for whoever hears the title: it stands below for those who see. */
  about?: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** An answer is needed: a click outside is none. */
  isAlert?: boolean;
  width?: "narrow" | "wide";
}

export function Dialog({ title, about, isOpen, onClose, children, isAlert, width = "narrow" }: DialogProps) {
  return (
    <ModalOverlay
      data-scrim
      className={styles.scrim ?? ""}
      isOpen={useOpened(isOpen)}
      isDismissable={!isAlert}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className={`${styles.modal} ${styles[width]}`}>
        <AriaDialog className={styles.dialog ?? ""} role={isAlert ? "alertdialog" : "dialog"}>
          <div className={styles.head}>
            <Heading slot="title" className={styles.title ?? ""}>
              {title}
              {about && <span className="visually-hidden">: {about}</span>}
            </Heading>
            {width === "wide" && !isAlert && (
              <IconButton label="Close" size="small" onPress={onClose}>
                <X size={16} />
              </IconButton>
            )}
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface ConfirmProps extends Omit<DialogProps, "children"> {
  children: ReactNode;
  action: string;
  tone?: "primary" | "danger";
  onConfirm: () => void;
  cancel?: string;
}

export function Confirm({
  action,
  tone = "primary",
  onConfirm,
  cancel = "Cancel",
  children,
  ...rest
}: ConfirmProps) {
  return (
    <Dialog {...rest} isAlert>
      <div className={styles.text}>{children}</div>
      <div className={styles.actions}>
        <Button onPress={rest.onClose}>{cancel}</Button>
        <Button variant={tone} autoFocus onPress={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
