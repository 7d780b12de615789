import { Radio as AriaRadio, RadioGroup as AriaRadioGroup, Label } from "react-aria-components";
import checks from "./Check.module.css";
import styles from "./Field.module.css";
import own from "./Radio.module.css";

export interface RadioOption<Id extends string> {
  id: Id;
  label: string;
  hint?: string;
}

export interface RadioGroupProps<Id extends string> {
  label: string;
  options: readonly RadioOption<Id>[];
  value: Id;
  onChange: (id: Id) => void;
}

/** One of a few, each on a line of its own. */
export function RadioGroup<Id extends string>({ label, options, value, onChange }: RadioGroupProps<Id>) {
  return (
    <AriaRadioGroup className={own.group ?? ""} value={value} onChange={(id) => onChange(id as Id)}>
      <Label className={styles.label ?? ""}>{label}</Label>
      {options.map((option) => (
        <AriaRadio key={option.id} value={option.id} className={checks.check ?? ""}>
          <span className={own.ring} aria-hidden="true" />
          <span>
            {option.label}
            {option.hint && <span className={own.hint}>{option.hint}</span>}
          </span>
        </AriaRadio>
      ))}
    </AriaRadioGroup>
  );
}
