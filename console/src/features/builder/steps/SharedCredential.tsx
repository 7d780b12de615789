import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Select } from "@ui/Select";
import { Skeleton } from "@ui/States";
import { Controller, useFormContext, useWatch } from "react-hook-form";
import type { AuthKindView, ListedCredential } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { originIn } from "@/features/auth/form";
import { credentialsQuery } from "@/features/auth/queries";
import { Standing } from "@/features/auth/Standing";
import { stateOf } from "@/features/auth/state";
import styles from "../Builder.module.css";
import { NewCredential } from "../components/NewCredential";
import type { Values } from "../values";

/** One that others use too, chosen, made or connected here. */
export function SharedCredential({ kinds }: { kinds: readonly AuthKindView[] }) {
  const { control } = useFormContext<Values>();
  const credentialId = useWatch({ control, name: "credentialId" });
  const url = useWatch({ control, name: "url" });
  const { data: credentials, error, refetch } = useQuery(credentialsQuery);
  if (error) return <Refused error={error} onRetry={refetch} />;
  if (!credentials) return <Skeleton height={64} />;
  const chosen = credentials.find(({ id }) => id === credentialId);
  return (
    <>
      <Controller
        control={control}
        name="credentialId"
        render={({ field, fieldState }) => (
          <Select
            label="Credential"
            isRequired
            options={credentials.map((one) => optionOf(one, kinds))}
            value={chosen ? field.value : null}
            onChange={field.onChange}
            placeholder={credentials.length === 0 ? "There is none yet" : "Choose a credential…"}
            inputRef={field.ref}
            error={fieldState.error?.message}
            hint={
              chosen
                ? whereHint(chosen, url)
                : "What is replaced or connected there holds for all who use it."
            }
          />
        )}
      />
      {chosen && <Standing key={chosen.id} credential={chosen} mayConnect />}
      <div className={styles.choices}>
        <NewCredential kinds={kinds} label="New credential" />
        {chosen && (
          <Link
            to="/tools/credentials/$id"
            params={{ id: chosen.id }}
            target="_blank"
            className={styles.aside}
          >
            Change this one in a new tab
          </Link>
        )}
      </div>
    </>
  );
}

function optionOf(one: ListedCredential, kinds: readonly AuthKindView[]) {
  const kind = kinds.find(({ type }) => type === one.auth.type)?.title ?? one.auth.type;
  return { id: one.id, label: one.name, hint: `${kind} · ${stateOf(one, new Date()).word}` };
}

/** Told before the server does: it would not be sent there. */
function whereHint(one: ListedCredential, url: string): string {
  const origin = originIn(url).toLowerCase();
  const goes = `Sent to ${one.allowed_origins.join(", ")} and nowhere else.`;
  const fits = origin === "" || one.allowed_origins.includes(origin);
  return fits ? goes : `${goes} This connector calls ${origin}.`;
}
