import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import styles from "./Segments.module.css";

export interface SegmentsProps<Id extends string> {
  label: string;
  options: readonly { id: Id; label: string }[];
  value: Id;
  onChange: (id: Id) => void;
  mono?: boolean;
  isInvalid?: boolean;
}

/** One of a few, all of them shown. */
export function Segments<Id extends string>({ label, options, value, onChange, mono }: SegmentsProps<Id>) {
  return (
    <ToggleButtonGroup
      className={`${styles.group} ${mono ? styles.mono : ""}`}
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const [chosen] = keys;
        if (chosen !== undefined) onChange(chosen as Id);
      }}
    >
      {options.map((option) => (
        <ToggleButton key={option.id} id={option.id} className={styles.segment ?? ""}>
          {option.label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
