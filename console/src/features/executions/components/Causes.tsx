import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Badge } from "@ui/Badge";
import { Button } from "@ui/Button";
import { EmptyState, Skeleton } from "@ui/States";
import { aboveRow, type Column, rowLink, Table } from "@ui/Table";
import { CircleCheck } from "lucide-react";
import type { FailureCause } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { errorWord, httpWord } from "../model";
import { causesQuery } from "../queries";
import type { ExecutionSearch } from "../search";
import styles from "./List.module.css";

export interface CausesProps {
  search: ExecutionSearch;
  /** Shows the executions that failed for it. */
  onShow: (search: ExecutionSearch) => void;
}

/** Failures that say the same, most frequent first, with the newest of each. */
export function Causes({ search, onShow }: CausesProps) {
  const found = useQuery(causesQuery(search));
  if (found.isPending) return <Skeleton height={160} />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  if (found.data.length === 0) {
    return (
      <div className={styles.none}>
        <EmptyState icon={<CircleCheck size={20} />} title="Nothing has failed">
          Failures that are kept are grouped here by what they say.
        </EmptyState>
      </div>
    );
  }
  return (
    <Table<FailureCause>
      label="Failures by cause"
      columns={columnsOf(search, onShow)}
      rows={found.data}
      rowKey={({ example_id: id }) => id}
    />
  );
}

const columnsOf = (search: ExecutionSearch, onShow: CausesProps["onShow"]): Column<FailureCause>[] => [
  { id: "count", title: "Times", width: "72px", cell: ({ count }) => <Badge tone="danger">{count}</Badge> },
  {
    id: "cause",
    title: "Cause",
    cell: (cause) => (
      <div className={styles.outcome}>
        <Link
          to="/tools/executions/$id"
          params={{ id: cause.example_id }}
          className={rowLink}
          title="The newest of them"
        >
          {errorWord(cause.error_type)} <span className={styles.http}>{httpWord(cause.http_status)}</span>
        </Link>
        {cause.error_message && <span className={styles.why}>{cause.error_message}</span>}
      </div>
    ),
  },
  {
    id: "first",
    title: "First",
    hideNarrow: true,
    width: "120px",
    cell: ({ first_at: at }) => <Time at={at} />,
  },
  { id: "last", title: "Last", width: "120px", cell: ({ last_at: at }) => <Time at={at} /> },
  {
    id: "show",
    title: "Show them",
    titleHidden: true,
    align: "end",
    hideNarrow: true,
    width: "96px",
    cell: (cause) => (
      <span className={aboveRow}>
        <Button size="small" onPress={() => onShow(searchFor(search, cause))}>
          Show all<span className="visually-hidden"> of {errorWord(cause.error_type)}</span>
        </Button>
      </span>
    ),
  },
];

/** Half of what may be asked for: each may be a pair of its letters. */
const MOST_LETTERS = 100;

/** All that say the same. */
export function searchFor(search: ExecutionSearch, cause: FailureCause): ExecutionSearch {
  return {
    ...search,
    ...(cause.error_type ? { error: cause.error_type } : {}),
    ...(cause.http_status ? { http: String(cause.http_status) } : {}),
    ...(cause.error_message ? { text: [...cause.error_message].slice(0, MOST_LETTERS).join("") } : {}),
  };
}
