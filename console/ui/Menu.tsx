import type { ReactNode, RefObject } from "react";
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  type MenuItemProps,
  MenuTrigger,
  Popover,
  Separator,
} from "react-aria-components";
import { IconButton } from "./Button";
import styles from "./Menu.module.css";
import { useOpening } from "./opening";
import { itemClass, listClass, popoverClass } from "./popover";

export interface MoreMenuProps {
  label: string;
  icon: ReactNode;
  onAction: (id: string) => void;
  children: ReactNode;
}

/** A button with an icon that opens a menu. */
export function MoreMenu({ label, icon, onAction, children }: MoreMenuProps) {
  const opening = useOpening();
  return (
    <MenuTrigger {...opening}>
      <IconButton label={label} size="small">
        {icon}
      </IconButton>
      <Popover className={popoverClass} placement="bottom end" offset={4}>
        <AriaMenu className={listClass} onAction={(key) => onAction(String(key))}>
          {children}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

export interface OpenMenuProps {
  label: string;
  trigger: RefObject<HTMLElement | null>;
  onAction: (id: string) => void;
  onClose: () => void;
  children: ReactNode;
}

/** A menu that is open, for a button that loads it when it is pressed. */
export function OpenMenu({ label, trigger, onAction, onClose, children }: OpenMenuProps) {
  return (
    <Popover
      className={popoverClass}
      triggerRef={trigger}
      isOpen
      onOpenChange={(open) => !open && onClose()}
      placement="bottom end"
      offset={4}
    >
      <AriaMenu
        aria-label={label}
        className={listClass}
        autoFocus="first"
        onAction={(key) => {
          onClose();
          onAction(String(key));
        }}
      >
        {children}
      </AriaMenu>
    </Popover>
  );
}

export function MenuItem({ tone, ...rest }: Omit<MenuItemProps, "className"> & { tone?: "danger" }) {
  return <AriaMenuItem {...rest} className={`${itemClass} ${tone ? styles.danger : ""}`} />;
}

export function MenuSeparator() {
  return <Separator className={styles.separator ?? ""} />;
}
