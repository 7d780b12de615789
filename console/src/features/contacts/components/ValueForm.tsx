import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { ProblemNote } from "@ui/States";
import { type FormEvent, useState } from "react";
import type { Answer, ApiError } from "@/api/client";
import type { Contact } from "@/api/mapper";
import { personName } from "@/app/people";
import one from "../Contact.module.css";
import {
  fieldValue,
  kindOf,
  nameOf,
  originOf,
  patchOf,
  pointerOf,
  textToEdit,
  typed,
  valueText,
} from "../model";
import { changeContact, contactQuery } from "../queries";
import { ValueInput } from "./ValueInput";
import type { ValueRowProps } from "./ValueRow";

const CHANGED_SINCE = 412;

/** One value, in place: Enter saves, Escape leaves it as it is. What somebody else wrote in between is shown, and nothing
 * that is typed here is lost by it. */
export function ValueForm({
  contact,
  etag,
  id,
  label,
  field,
  onDone,
}: ValueRowProps & { onDone: () => void }) {
  const [kind] = useState(() => kindOf(id, field, fieldValue(contact, id)));
  const [before] = useState(() => textToEdit(fieldValue(contact, id), kind));
  // What is changed is what was seen when the form was opened, however often the contact is read again meanwhile.
  const [seen] = useState(etag);
  const [text, setText] = useState(before);
  const [wrong, setWrong] = useState<string>();
  const saving = useSaving(contact.id, onDone);
  const { title, status, errors, message } = saving.error ?? {};
  const refused = errors?.find(({ pointer }) => pointer === pointerOf(id))?.detail ?? errors?.[0]?.detail;
  const save = () => {
    if (text === before) return onDone();
    const { value, problem } = typed(text, kind);
    setWrong(problem);
    if (!problem) saving.mutate({ body: patchOf(id, value), etag: status === CHANGED_SINCE ? etag : seen });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save();
  };
  return (
    <form className={one.form} onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && onDone()}>
      <ValueInput
        label={label}
        kind={kind}
        field={field}
        value={text}
        onChange={(entered) => {
          setText(entered);
          setWrong(undefined);
        }}
        error={wrong ?? refused ?? (title && status !== CHANGED_SINCE ? `${title}. ${message}` : undefined)}
      />
      {status === CHANGED_SINCE && <ChangedSince contact={contact} id={id} label={label} />}
      <div className={one.formActions}>
        <Button type="submit" size="small" variant="primary" isPending={saving.isPending}>
          {status === CHANGED_SINCE ? "Write mine" : "Save"}
        </Button>
        <Button size="small" onPress={onDone}>
          {status === CHANGED_SINCE ? "Keep theirs" : "Cancel"}
        </Button>
      </div>
    </form>
  );
}

/** What is there now; the contact was read again when the change was refused. */
function ChangedSince({ contact, id, label }: { contact: Contact; id: string; label: string }) {
  const origin = originOf(contact, id);
  const now = valueText(fieldValue(contact, id)) || "empty";
  const by = origin?.kind === "execution" ? "a connector" : origin?.by ? personName(origin.by) : "somebody";
  return (
    <ProblemNote
      tone="warning"
      title={`${nameOf(contact)} was changed in the meantime`}
      detail={`Nothing of yours is lost. ${label} is now ${now}, last written by ${by}.`}
    />
  );
}

function useSaving(id: string, onDone: () => void) {
  const client = useQueryClient();
  return useMutation<Answer<Contact>, ApiError, { body: Record<string, unknown>; etag: string | null }>({
    mutationFn: ({ body, etag }) => changeContact(id, body, etag),
    onSuccess: (answer) => {
      client.setQueryData(contactQuery(id).queryKey, answer);
      client.invalidateQueries({ queryKey: ["contact", id, "history"] });
      client.invalidateQueries({ queryKey: ["contacts"] });
      onDone();
    },
    onError: ({ status }) => {
      if (status === CHANGED_SINCE) client.invalidateQueries({ queryKey: ["contact", id], exact: true });
    },
  });
}
