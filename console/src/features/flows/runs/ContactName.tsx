import { contactName } from "@lib/fields";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/session/queries";
import { ContactLink } from "./ContactLink";
import { contactQuery } from "./queries";
import styles from "./Runs.module.css";

/** By its name where that may be seen, else by its id; a link to the contact if `isLink`. */
export function ContactName({ id, isLink }: { id: string | null; isLink?: boolean }) {
  const may = useMay()("contacts:read");
  const found = useQuery({ ...contactQuery(id ?? ""), enabled: id !== null && may });
  if (id === null) return <span className={styles.quiet}>No contact</span>;
  const name = found.data ? contactName(found.data) : <code>{id.slice(0, 13)}</code>;
  const own = found.data?.id;
  if (!isLink || !own) return <span>{name}</span>;
  return (
    <ContactLink id={own} className={styles.link}>
      {name}
    </ContactLink>
  );
}
