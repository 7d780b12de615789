import { Checkbox, type CheckProps } from "@ui/Checkbox";
import { NumberField, type NumberFieldProps } from "@ui/NumberField";
import { Select, type SelectProps } from "@ui/Select";
import { TextField, type TextFieldProps } from "@ui/TextField";
import { Controller, type FieldPath, useFormContext } from "react-hook-form";
import type { Values } from "../values";

type Name = FieldPath<Values>;
type Bound<Props> = Omit<Props, "value" | "onChange" | "onBlur" | "inputRef" | "error" | "name"> & {
  name: Name;
};

/** A field of the wizard, with what it holds and what is wrong with it. */
export function FormText({ name, ...rest }: Bound<TextFieldProps>) {
  const { control } = useFormContext<Values>();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <TextField
          {...rest}
          name={name}
          value={String(field.value ?? "")}
          onChange={field.onChange}
          onBlur={field.onBlur}
          inputRef={field.ref}
          error={fieldState.error?.message}
        />
      )}
    />
  );
}

export function FormNumber({ name, ...rest }: Bound<NumberFieldProps>) {
  const { control } = useFormContext<Values>();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <NumberField
          {...rest}
          value={field.value as number | null}
          onChange={field.onChange}
          onBlur={field.onBlur}
          inputRef={field.ref}
          error={fieldState.error?.message}
        />
      )}
    />
  );
}

interface CheckOfForm extends Omit<CheckProps, "value" | "onChange"> {
  name: Name;
  /** After somebody has chosen, beside what the form keeps. */
  onChosen?: (value: boolean) => void;
}

export function FormCheck({ name, onChosen, ...rest }: CheckOfForm) {
  const { control } = useFormContext<Values>();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field }) => (
        <Checkbox
          {...rest}
          name={name}
          value={field.value === true}
          onChange={(value) => {
            field.onChange(value);
            onChosen?.(value);
          }}
        />
      )}
    />
  );
}

interface SelectOfForm extends Bound<SelectProps> {
  /** What holds, and is shown, as long as nobody has chosen. */
  usual?: string;
  /** After somebody has chosen, beside what the form keeps. */
  onChosen?: (value: string) => void;
}

export function FormSelect({ name, usual, onChosen, ...rest }: SelectOfForm) {
  const { control } = useFormContext<Values>();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <Select
          {...rest}
          value={String(usual === undefined ? field.value : field.value || usual)}
          onChange={(value) => {
            field.onChange(value);
            onChosen?.(value);
          }}
          inputRef={field.ref}
          error={fieldState.error?.message}
        />
      )}
    />
  );
}
