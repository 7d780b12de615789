import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { CopyButton } from "@ui/CopyButton";
import { Crumbs } from "@ui/Crumbs";
import { EmptyState, Skeleton } from "@ui/States";
import { UserX } from "lucide-react";
import { useCallback } from "react";
import type { Answer, ApiError } from "@/api/client";
import type { Contact } from "@/api/mapper";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { usePageTitle } from "@/app/title";
import { fieldsQuery } from "@/features/contact-fields/queries";
import { Only } from "@/features/session/Only";
import one from "./Contact.module.css";
import styles from "./Contacts.module.css";
import { DeleteContact } from "./components/DeleteContact";
import { History } from "./components/History";
import { Values } from "./components/Values";
import { nameOf } from "./model";
import { contactQuery } from "./queries";

export default function ContactPage() {
  return (
    <Only scope="contacts:read" isPage>
      <div className={styles.page}>
        <Crumbs>
          <Link to="/tools/contacts">Contacts</Link>
        </Crumbs>
        <One />
      </div>
    </Only>
  );
}

function One() {
  const { id } = useParams({ from: "/inside/tools/contacts/$id" });
  const found = useQuery(contactQuery(id));
  if (found.isPending) return <Loading />;
  if (found.isError) {
    if ((found.error as ApiError).status === 404) return <Gone />;
    return <Refused isPage error={found.error} onRetry={() => found.refetch()} />;
  }
  return <Shown answer={found.data} />;
}

function Shown({ answer }: { answer: Answer<Contact> }) {
  const contact = answer.body;
  const { field } = useSearch({ from: "/inside/tools/contacts/$id" });
  usePageTitle(nameOf(contact));
  const navigate = useNavigate({ from: "/tools/contacts/$id" });
  const { data: fields = [] } = useQuery(fieldsQuery);
  const look = useCallback(
    (id: string | null) => navigate({ search: () => (id ? { field: id } : {}), replace: true }),
    [navigate],
  );
  return (
    <>
      <header className={styles.head}>
        <div>
          <h1 className={styles.name}>{nameOf(contact)}</h1>
          <p className={styles.intro}>
            Made <Time at={contact.created_at} />, changed <Time at={contact.updated_at} />
            <CopyButton label="Copy the contact's id" text={contact.id} done="The id is copied" />
          </p>
        </div>
        <DeleteContact contact={contact} />
      </header>
      <div className={one.columns}>
        <Values contact={contact} etag={answer.etag} fields={fields} onHistory={look} />
        <History
          contact={contact}
          etag={answer.etag}
          fields={fields}
          field={typeof field === "string" ? field : null}
          onField={look}
        />
      </div>
    </>
  );
}

function Gone() {
  return (
    <div className={styles.panel}>
      <EmptyState isPage icon={<UserX size={20} />} title="There is no such contact">
        It was deleted, or the address is mistyped.
      </EmptyState>
    </div>
  );
}

const ROWS = [0, 1, 2, 3, 4, 5, 6, 7];

function Loading() {
  return (
    <section aria-busy="true" aria-label="Contact, loading" className={styles.loading}>
      <Skeleton width={240} height={28} />
      <div className={styles.panel}>
        {ROWS.map((row) => (
          <div key={row} className={styles.skeletonRow}>
            <Skeleton width={110} />
            <Skeleton width={220} />
          </div>
        ))}
      </div>
    </section>
  );
}
