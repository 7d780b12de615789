import { Button } from "@ui/Button";
import { TextField, type TextFieldProps } from "@ui/TextField";
import { useState } from "react";
import styles from "./Auth.module.css";
import { isMasked } from "./fields";

/** Written and never read: what is stored is shown by its last characters, and replaced as a whole. */
export function SecretText(props: Omit<TextFieldProps, "type" | "mono" | "autoComplete" | "isDisabled">) {
  const { label, labelHidden, value, onChange } = props;
  const [stored, setStored] = useState<string | null>(null);
  if (isMasked(value)) {
    const replace = () => {
      setStored(value);
      onChange("");
    };
    return (
      <div className={styles.secret}>
        <TextField
          label={label}
          labelHidden={labelHidden}
          value={value}
          onChange={() => {}}
          isDisabled
          mono
          error={props.error}
        />
        <Button onPress={replace}>Replace</Button>
      </div>
    );
  }
  return (
    <div className={styles.secret}>
      <TextField {...props} type="password" mono autoComplete="new-password" autoFocus={stored !== null} />
      {stored && <Button onPress={() => onChange(stored)}>Keep {stored}</Button>}
    </div>
  );
}
