import { Button } from "@ui/Button";
import { TextField } from "@ui/TextField";
import { useState } from "react";
import { Controller, type FieldPath, useFormContext } from "react-hook-form";
import styles from "../Builder.module.css";
import { isMasked, type Values } from "../values";

interface SecretFieldProps {
  name: FieldPath<Values>;
  label: string;
  labelHidden?: boolean;
  hint?: string;
  isRequired?: boolean;
  rows?: number;
}

/** Written and never read: what is stored is shown by its last characters, and replaced as a whole. */
export function SecretField({ name, label, labelHidden, hint, isRequired, rows }: SecretFieldProps) {
  const { control } = useFormContext<Values>();
  const [stored, setStored] = useState<string | null>(null);
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => {
        const text = String(field.value ?? "");
        if (isMasked(text)) {
          return (
            <div className={styles.secret}>
              <TextField
                label={label}
                labelHidden={labelHidden}
                value={text}
                onChange={() => {}}
                isDisabled
                mono
              />
              <Button
                onPress={() => {
                  setStored(text);
                  field.onChange("");
                }}
              >
                Replace
              </Button>
            </div>
          );
        }
        return (
          <div className={styles.secret}>
            <TextField
              label={label}
              labelHidden={labelHidden}
              hint={hint}
              isRequired={isRequired}
              type="password"
              mono
              {...(rows ? { rows } : {})}
              autoComplete="new-password"
              value={text}
              onChange={field.onChange}
              onBlur={field.onBlur}
              inputRef={field.ref}
              error={fieldState.error?.message}
            />
            {stored && <Button onPress={() => field.onChange(stored)}>Keep {stored}</Button>}
          </div>
        );
      }}
    />
  );
}
