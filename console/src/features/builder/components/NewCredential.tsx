import { Button } from "@ui/Button";
import { Confirm, Dialog } from "@ui/Dialog";
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
  const [isEdited, setEdited] = useState(false);
  const [asks, setAsks] = useState(false);
  const close = () => {
    setAsks(false);
    setEdited(false);
    setGiven(null);
  };
  const leave = () => (isEdited ? setAsks(true) : close());
  return (
    <>
      <Button onPress={() => setGiven(begin(getValues(), takesOwn ?? false))}>{label}</Button>
      <Dialog title="New credential" isOpen={given !== null} onClose={leave} width="wide">
        {given && (
          <CredentialForm
            kinds={kinds}
            stored={null}
            given={given}
            returnTo={() => window.location.pathname + window.location.search}
            onEdit={setEdited}
            onSaved={({ id }) => {
              setValue("credentialId", id, { shouldDirty: true });
              setValue("usesShared", true, { shouldDirty: true });
              clearErrors();
              close();
            }}
            cancel={<Button onPress={leave}>Cancel</Button>}
          />
        )}
        <Confirm
          title="Drop what you have typed?"
          isOpen={asks}
          onClose={() => setAsks(false)}
          action="Drop it"
          tone="danger"
          onConfirm={close}
          cancel="Go on"
        >
          A secret that is not saved is kept nowhere.
        </Confirm>
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
