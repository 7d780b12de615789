import { Link } from "@tanstack/react-router";
import { type Column, rowLink, Table } from "@ui/Table";
import type { ConnectorCounts } from "@/api/schema";
import { count, share, took } from "@/features/measures/model";
import styles from "./Analytics.module.css";
import { nameOf } from "./model";

const COLUMNS: readonly Column<ConnectorCounts>[] = [
  { id: "name", title: "Connector", cell: (row) => <Name row={row} /> },
  { id: "executions", title: "Executions", align: "end", cell: ({ executions }) => count(executions) },
  { id: "success", title: "Succeeded", align: "end", cell: ({ success_rate }) => share(success_rate) },
  {
    id: "failed",
    title: "Failed",
    align: "end",
    hideNarrow: true,
    cell: ({ failed, timed_out }) => count(failed + timed_out),
  },
  {
    id: "time",
    title: "Average time",
    align: "end",
    hideNarrow: true,
    cell: ({ average_ms }) => took(average_ms),
  },
];

/** Those that were called most. */
export function Busiest({ connectors }: { connectors: readonly ConnectorCounts[] }) {
  return (
    <section aria-labelledby="busiest">
      <h2 id="busiest" className={styles.heading}>
        Most used connectors
      </h2>
      <Table
        label="Most used connectors"
        columns={COLUMNS}
        rows={connectors}
        rowKey={({ connector_id }) => connector_id}
      />
    </section>
  );
}

function Name({ row }: { row: ConnectorCounts }) {
  if (row.name === null) return <span className={styles.gone}>{nameOf(row)}</span>;
  return (
    <Link to={`/tools/connectors/${row.connector_id}` as string} className={rowLink}>
      {row.name}
    </Link>
  );
}
