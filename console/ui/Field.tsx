import type { ReactNode } from "react";
import { FieldError, Label, Text } from "react-aria-components";
import styles from "./Field.module.css";

/** What every field has. `error` is shown in place of `hint`, and makes the field invalid. */
export interface FieldProps {
  label: string;
  /** The label is read out, and not shown: a column's heading shows it. */
  labelHidden?: boolean | undefined;
  hint?: ReactNode;
  error?: string | undefined;
  isRequired?: boolean | undefined;
  isDisabled?: boolean | undefined;
  autoFocus?: boolean | undefined;
}

export function FieldLabel({ label, labelHidden, isRequired }: FieldProps) {
  return (
    <Label className={labelHidden ? "visually-hidden" : styles.label}>
      {label}
      {isRequired && !labelHidden && (
        <span className={styles.required} aria-hidden="true">
          *
        </span>
      )}
    </Label>
  );
}

export function FieldFoot({ hint, error }: Pick<FieldProps, "hint" | "error">) {
  if (error) return <FieldError className={styles.error ?? ""}>{error}</FieldError>;
  return hint ? (
    <Text slot="description" className={styles.hint ?? ""}>
      {hint}
    </Text>
  ) : null;
}
