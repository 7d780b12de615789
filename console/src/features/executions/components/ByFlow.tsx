import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Skeleton } from "@ui/States";
import { type Column, rowLink, Table } from "@ui/Table";
import type { CallerView } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { FlowName } from "@/features/flow-engine/FlowName";
import { share } from "@/features/measures/model";
import { callersQuery } from "../queries";
import type { ExecutionSearch } from "../search";
import styles from "./List.module.css";

/** Which flows call it, how often, and how much of that fails. */
export function ByFlow({ search }: { search: ExecutionSearch }) {
  const found = useQuery(callersQuery(search));
  if (found.isPending) return <Skeleton height={120} />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  if (found.data.length === 0) return <p className={styles.quiet}>No flow has called it.</p>;
  const most = Math.max(...found.data.map(({ executions }) => executions));
  return (
    <>
      <p className={styles.quiet}>Of its newest 10,000 executions at most, without tests.</p>
      <Table<CallerView>
        label="Calls by flow"
        columns={columnsOf(search, most)}
        rows={found.data}
        rowKey={({ flow_id: id }) => id ?? ""}
      />
    </>
  );
}

const columnsOf = (search: ExecutionSearch, most: number): Column<CallerView>[] => [
  {
    id: "flow",
    title: "Flow",
    cell: ({ flow_id: flow }) =>
      flow === null ? (
        <span className={styles.quiet}>Outside of flows</span>
      ) : (
        <Link to="/tools/executions" search={{ ...search, flow } as never} className={rowLink}>
          <FlowName id={flow} />
        </Link>
      ),
  },
  {
    id: "share",
    title: "Share",
    titleHidden: true,
    hideNarrow: true,
    width: "34%",
    cell: ({ executions }) => (
      <span className={styles.share} aria-hidden="true">
        <span style={{ width: `${(executions / most) * 100}%` }} />
      </span>
    ),
  },
  { id: "calls", title: "Calls", align: "end", width: "80px", cell: ({ executions }) => executions },
  {
    id: "failed",
    title: "Failed",
    align: "end",
    width: "80px",
    cell: ({ executions, failed }) => share(failed / executions),
  },
  {
    id: "last",
    title: "Last",
    align: "end",
    width: "120px",
    hideNarrow: true,
    cell: ({ last_at: at }) => <Time at={at} />,
  },
];
