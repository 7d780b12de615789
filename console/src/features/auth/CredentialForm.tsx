import { jsonText } from "@json/exact";
import { Button } from "@ui/Button";
import { ProblemNote } from "@ui/States";
import { type ReactNode, useRef, useState } from "react";
import type { AuthKindView, CredentialView } from "@/api/schema";
import styles from "./Auth.module.css";
import { CredentialFields } from "./CredentialFields";
import { useConnecting } from "./connecting";
import { emptyForm, type CredentialForm as Form, formOf } from "./form";
import type { CredentialLine } from "./queries";
import { useSavingCredential } from "./saving";
import { isByPeople } from "./state";

export interface CredentialFormProps {
  kinds: readonly AuthKindView[];
  /** null: a new one. */
  stored: { credential: CredentialLine; etag: string | null } | null;
  /** What a new one begins with. */
  given?: Partial<Form>;
  onSaved: (saved: CredentialView) => void;
  /** Whether there is something that would be lost. */
  onEdit?: (isChanged: boolean) => void;
  onReload?: () => void;
  /** Where a browser that opens no window comes back to. */
  returnTo?: (id: string) => string;
  /** What is told above the buttons. */
  note?: ReactNode;
  /** Else it is only looked at. */
  mayEdit?: boolean;
  cancel: ReactNode;
}

const addressOf = (id: string) => `/tools/credentials/${id}`;

/** A shared credential: made, renamed, replaced. One that a person connects is connected when it is made. */
export function CredentialForm(props: CredentialFormProps) {
  const {
    kinds,
    stored,
    given,
    onSaved,
    onEdit,
    onReload,
    returnTo = addressOf,
    note,
    mayEdit = true,
    cancel,
  } = props;
  const [form, setForm] = useState(() =>
    stored ? formOf(stored.credential, kinds) : emptyForm(kinds, given ?? {}),
  );
  const [first] = useState(form);
  const change = (changed: Partial<Form>) => {
    setForm((was) => ({ ...was, ...changed }));
    onEdit?.(jsonText({ ...form, ...changed }) !== jsonText(first));
  };
  // With the form: what is read again meanwhile may be another revision than the one that is changed here.
  const [known] = useState(() => stored && { id: stored.credential.id, etag: stored.etag });
  const { save, isSaving, errors, problem } = useSavingCredential(kinds, known);
  const { phase, connect } = useConnecting({ known: null, returnTo: ({ id }) => returnTo(id) });
  const connects = !stored && isByPeople({ auth: { type: form.type, ...form.authFields } });
  const saved = useRef<CredentialView | null>(null);
  const make = async () => {
    saved.current = await save(form);
    return saved.current;
  };
  const done = () => saved.current && onSaved(saved.current);
  const submit = () => (connects ? connect(make, done) : make().then(done));
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        submit();
      }}
    >
      <CredentialFields form={form} onChange={change} errors={errors} kinds={kinds} isNew={!stored} />
      {errors.rest.map((text) => (
        <ProblemNote key={text} title={text} />
      ))}
      {problem && (
        <ProblemNote
          title={problem.title}
          detail={problem.detail}
          traceId={problem.traceId}
          {...(problem.status === 412 && onReload ? { onRetry: onReload } : {})}
        />
      )}
      {phase.name === "failed" && <ProblemNote title="It is not connected" detail={phase.message} />}
      {note}
      <div className={styles.actions}>
        {cancel}
        {mayEdit && (
          <Button variant="primary" type="submit" isPending={isSaving}>
            {stored ? "Save" : connects ? "Save and connect" : "Create"}
          </Button>
        )}
      </div>
    </form>
  );
}
