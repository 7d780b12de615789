import { Link } from "@tanstack/react-router";
import { buttonClass } from "@ui/Button";
import { EmptyState } from "@ui/States";
import { Plug, Plus, SquareTerminal } from "lucide-react";
import { useMay } from "@/features/session/queries";
import { STARTERS } from "@/features/starters/starters";
import styles from "./Dashboard.module.css";

export function CreateLink({ label = "Create new" }: { label?: string }) {
  return (
    <Link to="/tools/connectors/new" className={buttonClass("primary")}>
      <Plus size={16} aria-hidden="true" />
      {label}
    </Link>
  );
}

/** The first connector begins with nothing, with a command that is pasted, or with an example. */
export function NoConnectors() {
  const may = useMay();
  const mayCreate = may("connectors:edit");
  return (
    <div className={styles.list}>
      <EmptyState icon={<Plug size={20} />} title="Connect your first API" actions={mayCreate && <Ways />}>
        Describe one endpoint in five steps, test it against the real API, and it becomes an action that your
        flows can use.
      </EmptyState>
      {mayCreate && <Starters />}
    </div>
  );
}

function Ways() {
  return (
    <>
      <CreateLink label="Create a connector" />
      <Link to="/tools/connectors/new" search={{ start: "curl" }} className={buttonClass()}>
        <SquareTerminal size={16} aria-hidden="true" />
        Paste a cURL command
      </Link>
    </>
  );
}

function Starters() {
  return (
    <section className={styles.starters} aria-labelledby="starters">
      <h3 id="starters">Or begin with an example</h3>
      <ul>
        {STARTERS.map(({ id, icon, title, about }) => (
          <li key={id}>
            <Link to="/tools/connectors/new" search={{ start: id }} className={styles.starter}>
              <span aria-hidden="true">{icon}</span>
              <strong>{title}</strong>
              <span className={styles.about}>{about}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
