import { isObject, type Json, jsonText } from "@json/exact";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ExecutionView } from "@/api/schema";
import { ContactName } from "@/features/contact-names/ContactName";
import { FlowName } from "@/features/flow-engine/FlowName";
import { useFlowEngine } from "@/features/flow-engine/queries";
import { askedBy, laneWord } from "../model";
import type { ExecutionSearch } from "../search";
import styles from "./Page.module.css";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Another engine's flows have no page here, and ids of any kind. */
export function useFlowPage(flowId: string | null): boolean {
  return useFlowEngine() === true && UUID.test(flowId ?? "");
}

/** Who asked for it, for whom, and what else is like it. */
export function Facts({ view }: { view: ExecutionView }) {
  const labels = isObject(view.labels as Json) ? Object.entries(view.labels as { [name: string]: Json }) : [];
  const hasFlow = useFlowPage(view.flow_id);
  return (
    <section className={styles.panel} aria-labelledby="facts">
      <h2 id="facts">Belongs to</h2>
      <dl className={styles.facts}>
        <Fact
          name="Flow"
          value={view.flow_id}
          shown={view.flow_id && <FlowName id={view.flow_id} />}
          like={{ flow: view.flow_id ?? "" }}
        >
          {hasFlow && (
            <Link to="/tools/flows/$id" params={{ id: view.flow_id ?? "" }} className={styles.like}>
              Open the flow
            </Link>
          )}
        </Fact>
        <Fact name="Run" value={view.flow_run_id} like={{ run: view.flow_run_id ?? "" }} />
        <Fact name="Step" value={view.step_id} />
        <Fact
          name="Contact"
          value={view.contact_id}
          shown={view.contact_id && <ContactName id={view.contact_id} />}
          like={{ contact: view.contact_id ?? "" }}
        >
          <Link to="/tools/contacts/$id" params={{ id: view.contact_id ?? "" }} className={styles.like}>
            Open the contact
          </Link>
        </Fact>
        <Fact
          name="Version"
          value={view.connector_version === null ? null : `${view.connector_version}`}
          shown={`${view.connector_version} of the connector`}
        />
        <Fact name="Started by" value={view.trigger} shown={askedBy(view.trigger)} />
        <Fact name="In line" value={view.lane} shown={laneWord(view.lane)} />
        <Fact name="Execution" value={view.id} />
        {labels.map(([name, value]) => (
          <Fact key={name} name={name} value={typeof value === "string" ? value : jsonText(value)} />
        ))}
      </dl>
    </section>
  );
}

interface FactProps {
  name: string;
  value: string | null;
  /** In place of the value, for people. */
  shown?: ReactNode;
  /** A search for all that share it. */
  like?: ExecutionSearch;
  children?: ReactNode;
}

function Fact({ name, value, shown, like, children }: FactProps) {
  if (value === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {shown ?? <code>{value}</code>}
        {children}
        {like && (
          <Link to="/tools/executions" search={like as never} className={styles.like}>
            All its executions<span className="visually-hidden"> (of this {name.toLowerCase()})</span>
          </Link>
        )}
      </dd>
    </>
  );
}
