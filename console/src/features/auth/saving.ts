import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ApiError } from "@/api/client";
import type { AuthKindView, CredentialView } from "@/api/schema";
import { type CredentialForm, draftOf, type FormErrors, NO_ERRORS, placed } from "./form";
import { changeCredential, createCredential } from "./queries";

export interface Stored {
  id: string;
  etag: string | null;
}

/** Saves a credential, and shows what the server says of it. `stored` null: a new one. */
export function useSavingCredential(kinds: readonly AuthKindView[], stored: Stored | null) {
  const client = useQueryClient();
  const key = useRef(crypto.randomUUID());
  const [isSaving, setSaving] = useState(false);
  const [errors, setErrors] = useState<FormErrors>(NO_ERRORS);
  const [problem, setProblem] = useState<ApiError | null>(null);

  /** null: it was refused, and `errors` or `problem` say why. */
  const save = async (form: CredentialForm): Promise<CredentialView | null> => {
    setSaving(true);
    setProblem(null);
    try {
      const draft = draftOf(form, kinds);
      const saved = stored
        ? await changeCredential(stored.id, draft, stored.etag)
        : await createCredential(draft, key.current);
      setErrors(NO_ERRORS);
      await client.invalidateQueries({ queryKey: ["credentials"] });
      return saved;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // What was refused is another request the next time; one whose answer got lost is the same.
      if (error.status >= 400 && error.status < 500) key.current = crypto.randomUUID();
      const told = placed(error.errors);
      setErrors(told);
      if (error.errors.length === 0) setProblem(error);
      return null;
    } finally {
      setSaving(false);
    }
  };
  return { save, isSaving, errors, problem };
}
