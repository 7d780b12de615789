import { Select, type SelectProps } from "@ui/Select";
import { Controller, type FieldPath, useFormContext } from "react-hook-form";
import type { Values } from "../values";

type UsualSelectProps = Pick<SelectProps, "label" | "hint" | "options"> & {
  name: FieldPath<Values>;
  /** What holds, and is shown, as long as nobody has chosen. */
  usual: string;
};

export function UsualSelect({ name, usual, ...rest }: UsualSelectProps) {
  const { control } = useFormContext<Values>();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <Select
          {...rest}
          value={String(field.value ?? "") || usual}
          onChange={field.onChange}
          inputRef={field.ref}
          error={fieldState.error?.message}
        />
      )}
    />
  );
}
