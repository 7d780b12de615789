import { Check } from "lucide-react";
import { useId } from "react";
import { Checkbox as AriaCheckbox } from "react-aria-components";
import styles from "./Check.module.css";
import fields from "./Field.module.css";

export interface CheckProps {
  label: string;
  labelHidden?: boolean;
  hint?: string;
  value: boolean;
  onChange: (on: boolean) => void;
  isDisabled?: boolean;
  /** By which it is found in its form. */
  name?: string;
}

export function Checkbox({ label, labelHidden, hint, value, onChange, isDisabled, name }: CheckProps) {
  const id = useId();
  return (
    <AriaCheckbox
      className={styles.check ?? ""}
      isSelected={value}
      onChange={onChange}
      isDisabled={isDisabled ?? false}
      aria-label={label}
      {...(name ? { name } : {})}
      {...(hint ? { "aria-describedby": id } : {})}
    >
      <span className={styles.box}>
        <Check size={13} strokeWidth={3} aria-hidden="true" />
      </span>
      {!labelHidden && (
        <span>
          <span className={fields.label}>{label}</span>
          {hint && (
            <span id={id} className={fields.hint}>
              <br />
              {hint}
            </span>
          )}
        </span>
      )}
    </AriaCheckbox>
  );
}
