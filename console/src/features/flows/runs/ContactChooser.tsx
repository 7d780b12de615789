import { contactHint, contactName } from "@lib/fields";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { IconButton } from "@ui/Button";
import { Checkbox } from "@ui/Checkbox";
import { SearchField } from "@ui/SearchField";
import { ProblemNote, Skeleton } from "@ui/States";
import { X } from "lucide-react";
import { useDeferredValue, useState } from "react";
import type { ApiError } from "@/api/client";
import { ContactName } from "@/features/contact-names/ContactName";
import { contactsQuery } from "./queries";
import styles from "./Runs.module.css";

interface ContactChooserProps {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}

const MOST_CHOSEN = 50;

/** Some contacts, found by name, address or number. */
export function ContactChooser({ chosen, onChange }: ContactChooserProps) {
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const found = useQuery({ ...contactsQuery(wanted), placeholderData: keepPreviousData });
  const toggle = (id: string) =>
    onChange(
      chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(0, MOST_CHOSEN),
    );
  return (
    <div className={styles.chooser}>
      <SearchField
        label="Search contacts"
        placeholder="Search contacts by name, e-mail or phone…"
        value={text}
        onChange={setText}
      />
      {chosen.length > 0 && (
        <ul className={styles.chosen} aria-label="Chosen contacts">
          {chosen.map((id) => (
            <li key={id} className={styles.chip}>
              <ContactName id={id} />
              <IconButton label="Take it away" size="small" onPress={() => toggle(id)}>
                <X size={13} />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      {found.isError ? (
        <ProblemNote {...told(found.error as ApiError)} onRetry={() => found.refetch()} />
      ) : found.isPending ? (
        <Skeleton height={180} />
      ) : (
        <ul className={styles.found} aria-label="Contacts found">
          {found.data.map((contact) => (
            <li key={contact.id}>
              <Checkbox
                label={contactName(contact)}
                hint={contactHint(contact)}
                value={chosen.includes(contact.id)}
                onChange={() => toggle(contact.id)}
              />
            </li>
          ))}
          {found.data.length === 0 && <li className={styles.quiet}>Nobody matches.</li>}
        </ul>
      )}
    </div>
  );
}

const told = ({ title, detail, traceId }: ApiError) => ({ title, detail, traceId });
