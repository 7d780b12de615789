import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Confirm } from "@ui/Dialog";
import { Pager } from "@ui/Pager";
import { EmptyState, ProblemNote, Skeleton, Status } from "@ui/States";
import { type Column, Table } from "@ui/Table";
import { Hourglass } from "lucide-react";
import { useRef, useState } from "react";
import type { ParkedLine } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { FlowName } from "@/features/flow-engine/FlowName";
import { useMay } from "@/features/session/queries";
import { useActing } from "./acting";
import { executions, whatCancelDoes } from "./model";
import { parkedQuery } from "./queries";
import styles from "./Unfinished.module.css";

export interface ParkedPanelProps {
  connectorId: string;
  /** How many wait, as the connector's health tells; null: that is not known. */
  count: number | null;
}

/** What waits for its connector: since when, why, until when. */
export function ParkedPanel({ connectorId, count }: ParkedPanelProps) {
  const found = useInfiniteQuery(parkedQuery(connectorId));
  const acting = useActing(connectorId);
  const mayCancel = useMay()("connectors:execute");
  const [asks, setAsks] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  // Its button goes with its row: the next thing to read is above them.
  const cancelOne = async (id: string) => {
    if (await acting.cancelOne(id)) heading.current?.focus();
  };
  const lines = found.data?.pages.flatMap((page) => page.executions) ?? [];
  const known = found.hasNextPage ? count : lines.length;
  return (
    <section className={styles.section} aria-labelledby="parked">
      <header className={styles.head}>
        <div>
          <h2 id="parked" ref={heading} tabIndex={-1}>
            Parked
          </h2>
          <p className={styles.quiet}>
            They hold nobody up, and are called by themselves when their time has come.
          </p>
        </div>
        {mayCancel && lines.length > 0 && (
          <Button isPending={acting.isBusy} onPress={() => setAsks(true)}>
            Cancel all…
          </Button>
        )}
      </header>
      {acting.problem && (
        <ProblemNote
          title={acting.problem.title}
          detail={acting.problem.detail}
          traceId={acting.problem.traceId}
        >
          {acting.done > 0 && <p>Cancelled before that: {executions(acting.done)}. Nothing is done twice.</p>}
        </ProblemNote>
      )}
      {found.isPending && <Skeleton height={96} />}
      {found.isError && <Refused error={found.error} onRetry={() => found.refetch()} />}
      {found.isSuccess && lines.length === 0 && !found.hasNextPage && (
        <div className={styles.none}>
          <EmptyState icon={<Hourglass size={20} />} title="Nothing waits">
            Executions that cannot be called now are kept here: of a connector at its limit, an API that is
            away, a credential that has to be renewed.
          </EmptyState>
        </div>
      )}
      {(lines.length > 0 || found.hasNextPage) && (
        <>
          <Table<ParkedLine>
            label="Parked executions"
            columns={columnsOf(mayCancel ? cancelOne : null, acting.isBusy)}
            rows={lines}
            rowKey={({ execution_id: id }) => id}
          />
          <Pager
            shown={executions(lines.length)}
            hasMore={found.hasNextPage}
            isLoading={found.isFetchingNextPage}
            onMore={() => found.fetchNextPage()}
          />
        </>
      )}
      <Confirm
        title={known === null ? "Cancel all that wait?" : `Cancel ${executions(known)}?`}
        isOpen={asks}
        onClose={() => setAsks(false)}
        action={known === null ? "Cancel all" : `Cancel ${executions(known)}`}
        cancel="Leave them"
        tone="danger"
        onConfirm={() => {
          setAsks(false);
          acting.cancelAll();
        }}
      >
        {whatCancelDoes(known)}
      </Confirm>
    </section>
  );
}

const columnsOf = (cancel: ((id: string) => void) | null, isBusy: boolean): Column<ParkedLine>[] => [
  {
    id: "why",
    title: "Waits because",
    cell: (line) => (
      <div className={styles.cell}>
        <Status tone={line.under_way ? "info" : "waiting"}>
          {line.under_way ? "Being called" : line.attempt > 1 ? `Before attempt ${line.attempt}` : "Parked"}
        </Status>
        <span className={styles.why}>{line.detail}</span>
      </div>
    ),
  },
  {
    id: "execution",
    title: "Execution",
    hideNarrow: true,
    cell: (line) => (
      <div className={styles.cell}>
        {line.flow_id && (
          <span>
            For the flow <FlowName id={line.flow_id} />
          </span>
        )}
        <code className={line.flow_id ? styles.quiet : undefined}>{line.execution_id}</code>
      </div>
    ),
  },
  { id: "since", title: "Since", width: "120px", cell: (line) => <Time at={line.parked_at} /> },
  {
    id: "until",
    title: "Looked at again",
    hideNarrow: true,
    width: "140px",
    cell: (line) =>
      line.until ? <Time at={line.until} /> : <span className={styles.quiet}>when it is its turn</span>,
  },
  ...(cancel
    ? [
        {
          id: "cancel",
          title: "Cancel",
          titleHidden: true,
          align: "end" as const,
          width: "88px",
          cell: (line: ParkedLine) => (
            <Button
              size="small"
              isDisabled={line.under_way || isBusy}
              onPress={() => cancel(line.execution_id)}
            >
              Cancel<span className="visually-hidden"> {line.execution_id}</span>
            </Button>
          ),
        },
      ]
    : []),
];
