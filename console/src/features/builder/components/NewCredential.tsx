import { Button } from "@ui/Button";
import { Dialog } from "@ui/Dialog";
import { useState } from "react";
import { useFormContext } from "react-hook-form";
import type { AuthKindView } from "@/api/schema";
import { CredentialForm } from "@/features/auth/CredentialForm";
import { isMasked } from "@/features/auth/fields";
import { type CredentialForm as Form, originIn } from "@/features/auth/form";
import type { Values } from "../values";

interface NewCredentialProps {
  kinds: readonly AuthKindView[];
  label: string;
  /** It begins with what was typed for this connector alone. */
  takesOwn?: boolean;
}

/** Makes a shared credential without leaving the wizard, and uses it. */
export function NewCredential({ kinds, label, takesOwn }: NewCredentialProps) {
  const { getValues, setValue, clearErrors } = useFormContext<Values>();
  const [given, setGiven] = useState<Partial<Form> | null>(null);
  const close = () => setGiven(null);
  return (
    <>
      <Button onPress={() => setGiven(begin(getValues(), takesOwn ?? false))}>{label}</Button>
      <Dialog title="New credential" isOpen={given !== null} onClose={close} width="wide">
        {given && (
          <CredentialForm
            kinds={kinds}
            stored={null}
            given={given}
            returnTo={() => window.location.pathname + window.location.search}
            onSaved={({ id }) => {
              setValue("credentialId", id, { shouldDirty: true });
              setValue("usesShared", true, { shouldDirty: true });
              clearErrors();
              close();
            }}
            cancel={<Button onPress={close}>Cancel</Button>}
          />
        )}
      </Dialog>
    </>
  );
}

function begin(values: Values, takesOwn: boolean): Partial<Form> {
  const common = { name: values.name.trim(), origins: originIn(values.url) };
  if (!takesOwn) return common;
  const typed = Object.entries(values.authFields).filter(([, text]) => !isMasked(text));
  return { ...common, type: values.authType, authFields: Object.fromEntries(typed) };
}
