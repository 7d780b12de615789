import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileSpreadsheet, Plug, User } from "lucide-react";
import type { ReactNode } from "react";
import { personName } from "@/app/people";
import { Time } from "@/app/Time";
import one from "../Contact.module.css";
import styles from "../Contacts.module.css";
import type { Origin } from "../model";
import { connectorNameQuery } from "../queries";

/** Who wrote a value, and when; of an execution or a file, the way to it. */
export function OriginChip({ origin }: { origin: Origin | null }) {
  // Of what was there before origins were kept, or is none of a mapping's fields, nobody knows.
  if (!origin) return null;
  return (
    <span className={one.origin}>
      <Author origin={origin} />
      <Time at={origin.at} />
    </span>
  );
}

export function Author({ origin }: { origin: Origin }) {
  switch (origin.kind) {
    case "execution":
      return (
        <Link to="/tools/executions/$id" params={{ id: origin.executionId }} className={one.author}>
          <Plug size={13} aria-hidden="true" />
          <ConnectorName id={origin.connectorId} />
          <span className="visually-hidden">: to the execution</span>
        </Link>
      );
    case "import":
      return (
        <Link to="/tools/contacts/import/$id" params={{ id: origin.importId }} className={one.author}>
          <FileSpreadsheet size={13} aria-hidden="true" />
          <span className={one.authorName}>Import</span>
          {origin.by && <Quiet>by {personName(origin.by)}</Quiet>}
        </Link>
      );
    case "person":
      return (
        <span className={one.author} title={origin.by}>
          <User size={13} aria-hidden="true" />
          <span className={one.authorName}>{origin.by ? personName(origin.by) : "Somebody"}</span>
        </span>
      );
  }
}

const Quiet = ({ children }: { children: ReactNode }) => <span className={styles.quiet}>{children}</span>;

function ConnectorName({ id }: { id: string | null }) {
  const { data } = useQuery({ ...connectorNameQuery(id ?? ""), enabled: id !== null });
  const name = data ?? "A connector";
  return (
    <span className={one.authorName} title={name}>
      {name}
    </span>
  );
}
