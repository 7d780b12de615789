import { Controller, type FieldPath, useFormContext } from "react-hook-form";
import { SecretText } from "@/features/auth/SecretText";
import type { Values } from "../values";
import { useLost } from "./restored";

interface SecretFieldProps {
  name: FieldPath<Values>;
  label: string;
  labelHidden?: boolean;
}

/** A secret of the wizard's form: of a header, or of a query parameter. */
export function SecretField({ name, label, labelHidden }: SecretFieldProps) {
  const { control } = useFormContext<Values>();
  const lost = useLost();
  return (
    <Controller
      control={control}
      name={name}
      render={({ field, fieldState }) => (
        <SecretText
          label={label}
          lost={lost}
          labelHidden={labelHidden}
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
