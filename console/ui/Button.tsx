import type { ReactNode, Ref } from "react";
import {
  Button as AriaButton,
  type ButtonProps as AriaProps,
  Tooltip,
  TooltipTrigger,
} from "react-aria-components";
import styles from "./Button.module.css";

export type Variant = "primary" | "secondary" | "quiet" | "danger";

export interface ButtonProps extends Omit<AriaProps, "className" | "style" | "children"> {
  variant?: Variant;
  size?: "normal" | "small";
  icon?: ReactNode;
  children?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

/** Looks of a button, also for links. */
export function buttonClass(variant: Variant = "secondary", size: "normal" | "small" = "normal"): string {
  return `${styles.button} ${styles[variant]} ${size === "small" ? styles.small : ""}`;
}

export function Button({ variant = "secondary", size, icon, children, ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} className={buttonClass(variant, size)}>
      {icon}
      {children !== undefined && <span className={styles.label}>{children}</span>}
    </AriaButton>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, "children" | "icon"> {
  /** What it does: read out, and shown on hover and focus. */
  label: string;
  children: ReactNode;
}

export function IconButton({ label, children, variant = "quiet", size, ...rest }: IconButtonProps) {
  return (
    <TooltipTrigger delay={400}>
      <AriaButton {...rest} aria-label={label} className={`${buttonClass(variant, size)} ${styles.icon}`}>
        {children}
      </AriaButton>
      <Tooltip offset={6} className={styles.tooltip ?? ""}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}
