import type { FieldPath } from "react-hook-form";
import styles from "../Builder.module.css";
import { UNITS } from "../spans";
import type { Values } from "../values";
import { FormNumber, FormSelect } from "./form";

interface SpanFieldProps {
  /** Of a Span in the form. */
  name: "waiting.maxAge" | "waiting.maxWait" | `windows.${number}.span`;
  label: string;
  labelHidden?: boolean;
  placeholder?: string;
  hint?: string;
}

/** A number of seconds, minutes, hours or days. */
export function SpanField({ name, label, labelHidden, placeholder, hint }: SpanFieldProps) {
  return (
    <div className={styles.span}>
      <FormNumber
        name={`${name}.amount` as FieldPath<Values>}
        label={label}
        labelHidden={labelHidden}
        minValue={0}
        fractionDigits={6}
        {...(placeholder ? { placeholder } : {})}
      />
      <FormSelect
        name={`${name}.unit` as FieldPath<Values>}
        label={`Unit of ${label}`}
        labelHidden
        options={UNITS}
      />
      {hint && <p className={`${styles.quiet} ${styles.spanHint}`}>{hint}</p>}
    </div>
  );
}
