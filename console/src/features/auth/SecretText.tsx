import { Button } from "@ui/Button";
import { TextField, type TextFieldProps } from "@ui/TextField";
import { useState } from "react";
import styles from "./Auth.module.css";
import { isMasked } from "./fields";

type SecretTextProps = Omit<TextFieldProps, "type" | "mono" | "autoComplete" | "isDisabled"> & {
  /** Why what was entered before is not there any more; nothing: it was not. */
  lost?: string | undefined;
};

/** Written and never read: what is stored is shown by its last characters, and replaced as a whole. */
export function SecretText({ lost, ...props }: SecretTextProps) {
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
  const told = lost && stored === null && value === "" ? withReason(props, lost) : props;
  return (
    <div className={styles.secret}>
      <TextField {...told} type="password" mono autoComplete="new-password" autoFocus={stored !== null} />
      {stored && <Button onPress={() => onChange(stored)}>Keep {stored}</Button>}
    </div>
  );
}

const withReason = (props: TextFieldProps, lost: string): TextFieldProps =>
  props.error ? { ...props, error: `${props.error} ${lost}` } : { ...props, hint: lost };
