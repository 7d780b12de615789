import type { ReactNode } from "react";
import { Switch as AriaSwitch } from "react-aria-components";
import styles from "./Check.module.css";

export interface SwitchProps {
  label: string;
  value: boolean;
  onChange: (on: boolean) => void;
  isDisabled?: boolean;
  children?: ReactNode;
}

/** `label` is read out; `children` is what stands beside it. */
export function Switch({ label, value, onChange, isDisabled, children }: SwitchProps) {
  return (
    <AriaSwitch
      className={styles.switch ?? ""}
      isSelected={value}
      onChange={onChange}
      isDisabled={isDisabled ?? false}
      aria-label={label}
    >
      <span className={styles.track} />
      {children}
    </AriaSwitch>
  );
}
