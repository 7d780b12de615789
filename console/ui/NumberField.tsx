import { NumberField as AriaNumberField, Group, Input } from "react-aria-components";
import { FieldFoot, FieldLabel, type FieldProps } from "./Field";
import styles from "./Field.module.css";

export interface NumberFieldProps extends FieldProps {
  /** null: nothing is entered. */
  value: number | null;
  onChange: (value: number | null) => void;
  onBlur?: () => void;
  unit?: string;
  placeholder?: string;
  minValue?: number;
  maxValue?: number;
  /** Of digits behind the point; 0: whole numbers. */
  fractionDigits?: number;
  /** Its digits are a name, as those of a port: they are not grouped. */
  isPlain?: boolean;
  inputRef?: (element: HTMLElement | null) => void;
}

export function NumberField(props: NumberFieldProps) {
  const { value, onChange, unit, error } = props;
  return (
    <AriaNumberField
      className={styles.field ?? ""}
      value={value ?? Number.NaN}
      onChange={(entered) => onChange(Number.isNaN(entered) ? null : entered)}
      onBlur={() => props.onBlur?.()}
      isInvalid={Boolean(error)}
      isRequired={props.isRequired ?? false}
      formatOptions={{ useGrouping: !props.isPlain, maximumFractionDigits: props.fractionDigits ?? 0 }}
      validationBehavior="aria"
      {...(props.minValue === undefined ? {} : { minValue: props.minValue })}
      {...(props.maxValue === undefined ? {} : { maxValue: props.maxValue })}
    >
      <FieldLabel {...props} />
      <Group className={styles.group ?? ""}>
        <Input ref={props.inputRef} className={styles.control ?? ""} placeholder={props.placeholder} />
        {unit && <span className={styles.unit}>{unit}</span>}
      </Group>
      <FieldFoot {...props} />
    </AriaNumberField>
  );
}
