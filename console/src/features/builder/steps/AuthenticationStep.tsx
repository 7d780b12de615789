import { useQuery } from "@tanstack/react-query";
import { Prose } from "@ui/CodeBlock";
import { Segments } from "@ui/Segments";
import { Select } from "@ui/Select";
import { Skeleton } from "@ui/States";
import { Lock } from "lucide-react";
import { Controller, useFormContext, useWatch } from "react-hook-form";
import type { AuthKindView, FieldView } from "@/api/schema";
import { AuthField } from "@/features/auth/AuthField";
import { isShown } from "@/features/auth/fields";
import { kindsQuery } from "@/features/auth/queries";
import { isByPeople } from "@/features/auth/state";
import styles from "../Builder.module.css";
import { NewCredential } from "../components/NewCredential";
import { useLost } from "../components/restored";
import { Section } from "../components/Section";
import type { Values } from "../values";
import { SharedCredential } from "./SharedCredential";

const WHOSE = [
  { id: "own", label: "Of this connector" },
  { id: "shared", label: "Shared credential" },
] as const;

export default function AuthenticationStep() {
  const { control } = useFormContext<Values>();
  const usesShared = useWatch({ control, name: "usesShared" });
  const { data: kinds } = useQuery(kindsQuery);
  if (!kinds) return <Skeleton height={220} />;
  return (
    <Section title="Authentication" hint="How the API knows that it is you.">
      <Controller
        control={control}
        name="usesShared"
        render={({ field }) => (
          <Segments
            label="Whose credential"
            options={WHOSE}
            value={field.value ? "shared" : "own"}
            onChange={(id) => field.onChange(id === "shared")}
          />
        )}
      />
      {usesShared ? <SharedCredential kinds={kinds.auth} /> : <OwnAuthentication kinds={kinds.auth} />}
    </Section>
  );
}

function OwnAuthentication({ kinds }: { kinds: readonly AuthKindView[] }) {
  const { control } = useFormContext<Values>();
  const [authType, authFields] = useWatch({ control, name: ["authType", "authFields"] });
  const kind = kinds.find((one) => one.type === authType);
  return (
    <>
      <Controller
        control={control}
        name="authType"
        render={({ field, fieldState }) => (
          <Select
            label="Auth type"
            isRequired
            options={kinds.map((one) => ({
              id: one.type,
              label: one.title,
              hint: one.description.replaceAll("`", ""),
            }))}
            value={field.value}
            onChange={field.onChange}
            inputRef={field.ref}
            error={fieldState.error?.message}
            hint={<Prose text={kind?.description ?? ""} />}
          />
        )}
      />
      {kind && <KindFields key={kind.type} kind={kind} />}
      {isByPeople({ auth: { type: authType, ...authFields } }) && <ConnectedByPeople kinds={kinds} />}
    </>
  );
}

/** A person's permission is asked for one credential: it is kept where it can be connected again. */
function ConnectedByPeople({ kinds }: { kinds: readonly AuthKindView[] }) {
  return (
    <div className={styles.callout}>
      <p>
        A person signs in at the provider to connect this. Keep it as a credential of the workspace: it is
        connected at once, and can be connected again whenever that is needed.
      </p>
      <NewCredential kinds={kinds} label="Save as a credential and connect" takesOwn />
    </div>
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

function KindField({ field: described }: { field: FieldView }) {
  const lost = useLost();
  const { control } = useFormContext<Values>();
  return (
    <Controller
      control={control}
      name={`authFields.${described.name}`}
      render={({ field, fieldState }) => (
        <AuthField
          field={described}
          lost={lost}
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
