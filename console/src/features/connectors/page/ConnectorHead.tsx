import { Link } from "@tanstack/react-router";
import { buttonClass } from "@ui/Button";
import { Status } from "@ui/States";
import { CopyPlus, FlaskConical, Pencil, Workflow } from "lucide-react";
import type { ConnectorView } from "@/api/schema";
import { useFlowEngine } from "@/features/flow-engine/queries";
import { useMay } from "@/features/session/queries";
import { ConnectorIcon } from "../ConnectorIcon";
import { categoryLabel } from "../model";
import styles from "./Page.module.css";

/** What it is, and what can be done with it. */
export function ConnectorHead({ connector }: { connector: ConnectorView }) {
  const { id, name, description, icon, category, enabled } = connector;
  return (
    <header className={styles.head}>
      <ConnectorIcon icon={icon} name={name} large />
      <div className={styles.title}>
        <h1>{name}</h1>
        <p className={styles.about}>
          <Status tone={enabled ? "success" : "neutral"}>{enabled ? "Active" : "Inactive"}</Status>
          <span>{categoryLabel(category)}</span>
          {description && <span className={styles.description}>{description}</span>}
        </p>
      </div>
      <Actions id={id} />
    </header>
  );
}

function Actions({ id }: { id: string }) {
  const may = useMay();
  const hasFlows = useFlowEngine();
  if (!may("connectors:edit")) return null;
  return (
    <div className={styles.actions}>
      <Link to="/tools/connectors/new" search={{ from: id }} className={buttonClass("quiet")}>
        <CopyPlus size={15} aria-hidden="true" />
        Duplicate
      </Link>
      {hasFlows && (
        <Link
          to="/tools/flows/use/$connectorId"
          params={{ connectorId: id }}
          className={buttonClass("quiet")}
        >
          <Workflow size={15} aria-hidden="true" />
          Use in a flow
        </Link>
      )}
      <Link
        to="/tools/connectors/$id/edit"
        params={{ id }}
        search={{ step: "response" }}
        className={buttonClass()}
      >
        <FlaskConical size={15} aria-hidden="true" />
        Test
      </Link>
      <Link to="/tools/connectors/$id/edit" params={{ id }} className={buttonClass("primary")}>
        <Pencil size={15} aria-hidden="true" />
        Edit
      </Link>
    </div>
  );
}
