import { Select } from "@ui/Select";
import { TextField } from "@ui/TextField";
import type { FieldView } from "@/api/schema";
import { choiceLabel } from "./fields";
import { SecretText } from "./SecretText";

export interface AuthFieldProps {
  field: FieldView;
  value: string;
  onChange: (text: string) => void;
  onBlur?: () => void;
  inputRef?: (element: HTMLElement | null) => void;
  error?: string | undefined;
  /** Of a secret: why what was entered before is not there any more. */
  lost?: string | undefined;
}

/** One field of a kind of authentication, as its description draws it. */
export function AuthField({ field, error, lost, ...rest }: AuthFieldProps) {
  const common = {
    ...rest,
    error,
    label: field.title,
    hint: field.help || undefined,
    isRequired: field.required,
  };
  if (field.control === "secret") {
    return (
      <SecretText
        {...common}
        lost={field.required ? lost : undefined}
        {...(field.title.includes("PEM") ? { rows: 5 } : {})}
      />
    );
  }
  if (field.control === "choice") {
    return <Select {...common} options={field.choices.map((id) => ({ id, label: choiceLabel(id) }))} />;
  }
  return <TextField {...common} mono maxLength={field.max_characters} placeholder={field.default ?? ""} />;
}
