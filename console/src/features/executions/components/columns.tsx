import { Link } from "@tanstack/react-router";
import { PhaseStrip } from "@ui/charts/PhaseStrip";
import { Status } from "@ui/States";
import { aboveRow, type Column, rowLink } from "@ui/Table";
import type { ExecutionLine } from "@/api/schema";
import { Time } from "@/app/Time";
import { duration } from "@/app/time";
import { ContactName } from "@/features/contact-names/ContactName";
import { FlowName } from "@/features/flow-engine/FlowName";
import { askedBy, errorWord, httpWord, linePhases, statusOf } from "../model";
import type { Named } from "../queries";
import styles from "./List.module.css";

export function columnsOf(names: readonly Named[], isOfConnector: boolean): Column<ExecutionLine>[] {
  const called = new Map(names.map((named) => [named.id, named.name]));
  const nameOf = (line: ExecutionLine) => called.get(line.connector_id) ?? line.connector_id.slice(0, 8);
  const connector: Column<ExecutionLine> = {
    id: "connector",
    title: "Connector",
    hideNarrow: true,
    width: "20%",
    cell: (line) => <span className={styles.oneLine}>{nameOf(line)}</span>,
  };
  return [
    {
      id: "outcome",
      title: "Outcome",
      cell: (line) => <Outcome line={line} name={isOfConnector ? null : nameOf(line)} />,
    },
    ...(isOfConnector ? [] : [connector]),
    { id: "for", title: "For", hideNarrow: true, width: "22%", cell: (line) => <AskedBy line={line} /> },
    { id: "time", title: "Time", width: "22%", cell: (line) => <Took line={line} /> },
    {
      id: "when",
      title: "When",
      align: "end",
      width: "112px",
      cell: (line) => (
        <span className={styles.when}>
          <Time at={line.executed_at} />
        </span>
      ),
    },
  ];
}

function Outcome({ line, name }: { line: ExecutionLine; name: string | null }) {
  const { word, tone } = statusOf(line);
  const failed = line.status !== "success";
  return (
    <div className={styles.outcome}>
      <Link to="/tools/executions/$id" params={{ id: line.id }} className={rowLink} title={line.id}>
        <Status tone={tone}>
          {word}
          {line.http_status !== null && <span className={styles.http}>{httpWord(line.http_status)}</span>}
        </Status>
      </Link>
      {name && <span className={styles.onlyNarrow}>{name}</span>}
      {line.contact_id && (
        <span className={styles.onlyNarrow}>
          <ContactName id={line.contact_id} />
        </span>
      )}
      {failed && (
        <span className={styles.why} title={line.error_message ?? ""}>
          {line.error_message ?? errorWord(line.error_type)}
        </span>
      )}
    </div>
  );
}

/** The contact first: what people look for. */
function AskedBy({ line }: { line: ExecutionLine }) {
  const { contact_id: contact, flow_id: flow } = line;
  if (!contact && !flow) return <span className={styles.quiet}>{askedBy(line.trigger)}</span>;
  return (
    <span className={styles.for}>
      {contact && (
        <span>
          <ContactName id={contact} linkClass={`${aboveRow} ${styles.whom}`} />
        </span>
      )}
      {flow && (
        <span className={`${styles.flow} ${contact ? styles.quiet : ""}`}>
          <FlowName id={flow} />
        </span>
      )}
    </span>
  );
}

function Took({ line }: { line: ExecutionLine }) {
  return (
    <span className={styles.took}>
      <PhaseStrip phases={linePhases(line)} format={duration} />
      <span className={styles.number}>
        {line.attempt_count === 0 ? "no call" : duration(line.execution_time_ms / 1000)}
        {line.attempt_count > 1 && <span className={styles.quiet}> · {line.attempt_count}×</span>}
      </span>
    </span>
  );
}
