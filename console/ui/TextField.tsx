import { TextField as AriaTextField, Input, TextArea } from "react-aria-components";
import { FieldFoot, FieldLabel, type FieldProps } from "./Field";
import styles from "./Field.module.css";

export interface TextFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  name?: string;
  placeholder?: string;
  type?: "text" | "password" | "url";
  rows?: number;
  mono?: boolean;
  maxLength?: number;
  autoComplete?: string;
  inputRef?: (element: HTMLElement | null) => void;
}

export function TextField(props: TextFieldProps) {
  const { value, onChange, onBlur, name, placeholder, type, rows, mono, inputRef, error } = props;
  const looks = `${styles.control} ${mono ? styles.mono : ""}`;
  return (
    <AriaTextField
      className={styles.field ?? ""}
      value={value}
      onChange={onChange}
      onBlur={() => onBlur?.()}
      name={name ?? ""}
      type={type ?? "text"}
      isInvalid={Boolean(error)}
      isRequired={props.isRequired ?? false}
      isDisabled={props.isDisabled ?? false}
      autoFocus={props.autoFocus ?? false}
      autoComplete={props.autoComplete ?? "off"}
      validationBehavior="aria"
      {...(props.maxLength ? { maxLength: props.maxLength } : {})}
    >
      <FieldLabel {...props} />
      {rows ? (
        <TextArea ref={inputRef} className={looks} rows={rows} placeholder={placeholder} spellCheck={!mono} />
      ) : (
        <Input ref={inputRef} className={looks} placeholder={placeholder} spellCheck={false} />
      )}
      <FieldFoot {...props} />
    </AriaTextField>
  );
}
