import { Link } from "@tanstack/react-router";
import { Skeleton } from "@ui/States";
import { type Column, rowLink, Table } from "@ui/Table";
import type { Contact } from "@/api/mapper";
import { Time } from "@/app/Time";
import { fieldLabel } from "@/features/contact-fields/fields";
import styles from "../Contacts.module.css";
import { fieldValue, isStructure, nameOf, valueText } from "../model";

const TIMES: Record<string, string> = { created_at: "Created", updated_at: "Changed" };
const SHOWN_TAGS = 3;
const SHOWN_CHARACTERS = 120;
const WIDE = 4;

export interface ContactTableProps {
  contacts: readonly Contact[];
  columns: readonly string[];
  labels: ReadonlyMap<string, string>;
}

export function ContactTable({ contacts, columns, labels }: ContactTableProps) {
  const shown: Column<Contact>[] = [
    { id: "name", title: "Name", cell: (contact) => <Name contact={contact} /> },
    ...columns.map((id, place) => ({
      id,
      title: TIMES[id] ?? fieldLabel(id, labels),
      cell: (contact: Contact) => <Cell contact={contact} id={id} />,
      // On a narrow screen the first column that was chosen stands beside the name.
      hideNarrow: place > 0 && columns.length <= WIDE,
    })),
  ];
  const table = <Table label="Contacts" columns={shown} rows={contacts} rowKey={({ id }) => id} />;
  if (columns.length <= WIDE) return table;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1)
    <section className={styles.wide} aria-label="Contacts, with all columns" tabIndex={0}>
      {table}
    </section>
  );
}

function Name({ contact }: { contact: Contact }) {
  return (
    <Link to="/tools/contacts/$id" params={{ id: contact.id }} className={rowLink}>
      {nameOf(contact)}
    </Link>
  );
}

function Cell({ contact, id }: { contact: Contact; id: string }) {
  if (id === "created_at" || id === "updated_at") return <Time at={contact[id]} />;
  const value = fieldValue(contact, id);
  if (id === "tags") return <Tags tags={contact.tags ?? []} />;
  const text = valueText(value);
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return isStructure(value) ? <code>{cut}</code> : cut;
}

export function Tags({ tags, all }: { tags: readonly string[]; all?: boolean }) {
  const shown = all ? tags : tags.slice(0, SHOWN_TAGS);
  if (tags.length === 0) return null;
  return (
    <span className={styles.tags}>
      {shown.map((tag) => (
        <span key={tag} className={styles.tag}>
          {tag}
        </span>
      ))}
      {tags.length > shown.length && <span className={styles.quiet}>+{tags.length - shown.length}</span>}
    </span>
  );
}

const ROWS = [0, 1, 2, 3, 4, 5];

export function TableSkeleton() {
  return (
    <section className={styles.panel} aria-busy="true" aria-label="Contacts, loading">
      {ROWS.map((row) => (
        <div key={row} className={styles.skeletonRow}>
          <Skeleton width={160} />
          <Skeleton width={220} />
          <Skeleton width={120} />
        </div>
      ))}
    </section>
  );
}
