import { TextField as AriaTextField, Input } from "react-aria-components";
import { FieldFoot, FieldLabel, type FieldProps } from "./Field";
import styles from "./Field.module.css";

export interface DayFieldProps extends FieldProps {
  /** `2026-03-10`; empty: none. */
  value: string;
  onChange: (day: string) => void;
}

/** A day, by the browser's own calendar. */
export function DayField(props: DayFieldProps) {
  return (
    <AriaTextField
      className={styles.field ?? ""}
      type="date"
      value={props.value}
      onChange={props.onChange}
      isInvalid={Boolean(props.error)}
    >
      <FieldLabel {...props} />
      <Input className={styles.control ?? ""} />
      <FieldFoot {...props} />
    </AriaTextField>
  );
}
