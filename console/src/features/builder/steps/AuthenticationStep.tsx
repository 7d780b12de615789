import { useQuery } from "@tanstack/react-query";
import { Prose } from "@ui/CodeBlock";
import { Select } from "@ui/Select";
import { Skeleton } from "@ui/States";
import { Lock } from "lucide-react";
import { Controller, useFormContext, useWatch } from "react-hook-form";
import type { AuthKindView, FieldView } from "@/api/schema";
import { isShown } from "../auth";
import styles from "../Builder.module.css";
import { FormSelect, FormText } from "../components/form";
import { SecretField } from "../components/SecretField";
import { Section } from "../components/Section";
import { credentialsQuery, kindsQuery } from "../queries";
import type { Values } from "../values";

const SHARED = "credential:";

export default function AuthenticationStep() {
  const { control, setValue } = useFormContext<Values>();
  const [authType, credentialId] = useWatch({ control, name: ["authType", "credentialId"] });
  const { data: kinds } = useQuery(kindsQuery);
  const { data: credentials = [] } = useQuery(credentialsQuery);
  if (!kinds) return <Skeleton height={220} />;
  const kind = kinds.auth.find((one) => one.type === authType);
  const chosen = credentialId ? `${SHARED}${credentialId}` : authType;
  const options = [
    ...kinds.auth.map((one) => ({
      id: one.type,
      label: one.title,
      hint: one.description.replaceAll("`", ""),
    })),
    ...credentials.map((one) => ({
      id: `${SHARED}${one.id}`,
      label: one.name,
      hint: "A credential of the workspace",
    })),
  ];
  const choose = (id: string) => {
    setValue("credentialId", id.startsWith(SHARED) ? id.slice(SHARED.length) : "", { shouldDirty: true });
    if (!id.startsWith(SHARED)) setValue("authType", id, { shouldDirty: true });
  };
  return (
    <Section title="Authentication" hint="How the API knows that it is you.">
      <Controller
        control={control}
        name={credentialId ? "credentialId" : "authType"}
        render={({ field, fieldState }) => (
          <Select
            label="Auth type"
            isRequired
            options={options}
            value={chosen}
            onChange={choose}
            inputRef={field.ref}
            error={fieldState.error?.message}
            hint={
              credentialId ? (
                "Its secret is changed with the credential."
              ) : (
                <Prose text={kind?.description ?? ""} />
              )
            }
          />
        )}
      />
      {kind && !credentialId && <KindFields key={kind.type} kind={kind} />}
    </Section>
  );
}

function KindFields({ kind }: { kind: AuthKindView }) {
  const given = useWatch<Values, "authFields">({ name: "authFields" });
  const shown = kind.fields.filter((field) => isShown(field, kind.fields, given));
  return (
    <>
      {shown.map((field) => (
        <KindField key={field.name} field={field} />
      ))}
      {shown.some((field) => field.control === "secret") && (
        <p className={styles.lockNote}>
          <Lock size={14} aria-hidden="true" />
          Encrypted before it is stored, sent to this API alone, and never shown again.
        </p>
      )}
    </>
  );
}

function KindField({ field }: { field: FieldView }) {
  const name = `authFields.${field.name}` as const;
  const common = { name, label: field.title, hint: field.help || undefined, isRequired: field.required };
  if (field.control === "secret") {
    return (
      <SecretField {...common} hint={field.help} {...(field.title.includes("PEM") ? { rows: 5 } : {})} />
    );
  }
  if (field.control === "choice") {
    return <FormSelect {...common} options={field.choices.map((id) => ({ id, label: choiceLabel(id) }))} />;
  }
  return <FormText {...common} mono maxLength={field.max_characters} placeholder={field.default ?? ""} />;
}

const choiceLabel = (id: string) => (id.charAt(0).toUpperCase() + id.slice(1)).replaceAll("_", " ");
