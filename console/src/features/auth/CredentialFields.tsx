import { Select } from "@ui/Select";
import { TextField } from "@ui/TextField";
import { Lock } from "lucide-react";
import type { AuthKindView } from "@/api/schema";
import styles from "./Auth.module.css";
import { AuthField } from "./AuthField";
import { isShown } from "./fields";
import { type CredentialForm, type FormErrors, sharedKinds } from "./form";

interface CredentialFieldsProps {
  form: CredentialForm;
  onChange: (change: Partial<CredentialForm>) => void;
  errors: FormErrors;
  kinds: readonly AuthKindView[];
  /** A kind is chosen once: connectors were judged by it. */
  isNew: boolean;
}

export function CredentialFields({ form, onChange, errors, kinds, isNew }: CredentialFieldsProps) {
  const kind = kinds.find(({ type }) => type === form.type);
  const shown = (kind?.fields ?? []).filter((field) => isShown(field, kind?.fields ?? [], form.authFields));
  const { at } = errors;
  return (
    <div className={styles.form}>
      <TextField
        label="Name"
        isRequired
        maxLength={200}
        placeholder="Loyalty, production"
        value={form.name}
        onChange={(name) => onChange({ name })}
        error={at.name}
        autoFocus={isNew}
      />
      <Select
        label="Kind"
        isRequired
        isDisabled={!isNew}
        options={sharedKinds(kinds).map(({ type, title, description }) => ({
          id: type,
          label: title,
          hint: description.replaceAll("`", ""),
        }))}
        value={form.type}
        onChange={(type) => onChange({ type })}
        error={at.type}
        hint={isNew ? undefined : "It stays what it is. Another kind is another credential."}
      />
      {shown.map((field) => (
        <AuthField
          key={field.name}
          field={field}
          value={form.authFields[field.name] ?? ""}
          onChange={(text) => onChange({ authFields: { ...form.authFields, [field.name]: text } })}
          error={at[`auth.${field.name}`]}
        />
      ))}
      <TextField
        label="Where it may be sent"
        isRequired
        mono
        rows={2}
        placeholder="https://api.example.com"
        value={form.origins}
        onChange={(origins) => onChange({ origins })}
        error={at.origins}
        hint="One origin on each line. Nowhere else is the secret sent, whatever a connector's URL says."
      />
      <p className={styles.lock}>
        <Lock size={14} aria-hidden="true" />
        Encrypted before it is stored, and never shown again.
      </p>
    </div>
  );
}
