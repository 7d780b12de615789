import { ComboBox } from "@ui/ComboBox";
import { useState } from "react";
import type { Contact } from "./data-source";
import { contactHint, contactName } from "./fields";
import { useLoaded } from "./loading";
import { useSource } from "./provider";

export interface ContactPickerProps {
  label: string;
  labelHidden?: boolean;
  /** null: nobody is chosen. */
  contactId: string | null;
  onChange: (contactId: string | null) => void;
  /** What choosing nobody is called; left out: it cannot be chosen. */
  nobody?: string;
}

const TYPING_MS = 200;
const NOBODY = "nobody";

/** A contact, found as one types its name, address or number. */
export function ContactPicker({ label, labelHidden, contactId, onChange, nobody }: ContactPickerProps) {
  const source = useSource();
  const chosen = useLoaded(contactId, (signal) => source.contact(contactId ?? "", signal));
  const [typed, setTyped] = useState<string | null>(null);
  const found = useLoaded(
    typed === null ? null : `q:${typed}`,
    (signal) => source.findContacts(typed ?? "", signal),
    TYPING_MS,
  );
  // Who has just been chosen is known: a name that came later would open the list again.
  const [picked, setPicked] = useState<Contact | null>(null);
  const contact = chosen.data ?? (picked?.id === contactId ? picked : null);
  const name = contactId !== null && contact ? contactName(contact) : (nobody ?? "");
  const none = nobody && !typed ? [{ id: NOBODY, label: nobody }] : [];
  return (
    <ComboBox
      label={label}
      labelHidden={labelHidden}
      placeholder={name || "Find a contact…"}
      chosen={contactId ?? (nobody ? NOBODY : null)}
      text={typed ?? name}
      onText={setTyped}
      onFocus={() => setTyped("")}
      onBlur={() => setTyped(null)}
      onChoose={(id) => {
        setTyped(null);
        setPicked(found.data?.find((each) => each.id === id) ?? null);
        onChange(id === NOBODY ? null : id);
      }}
      emptyText={found.isLoading ? "Looking…" : "Nobody matches"}
      groups={[
        { id: "none", choices: none },
        { id: "found", choices: (found.data ?? []).map(choiceOf) },
      ]}
      error={found.error?.message ?? chosen.error?.message}
    />
  );
}

const choiceOf = (contact: Contact) => ({
  id: contact.id,
  label: contactName(contact),
  hint: contactHint(contact) || undefined,
});
