import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "@ui/Button";
import { Confirm } from "@ui/Dialog";
import { Pager } from "@ui/Pager";
import { EmptyState, ProblemNote, Skeleton, Status } from "@ui/States";
import { type Column, Table } from "@ui/Table";
import { MailX } from "lucide-react";
import { useState } from "react";
import type { ApiError } from "@/api/client";
import type { LetterLine } from "@/api/schema";
import { Time } from "@/app/Time";
import { useMay } from "@/features/session/queries";
import { useActing } from "./acting";
import { canReplay, deadWord, MOST_AT_ONCE, messages } from "./model";
import { Refused } from "./ParkedPanel";
import { lettersQuery } from "./queries";
import styles from "./Unfinished.module.css";

/** Messages that could not be worked on, and were set aside. */
export function LettersPanel({ connectorId }: { connectorId: string }) {
  const found = useInfiniteQuery(lettersQuery(connectorId));
  const acting = useActing(connectorId);
  const mayReplay = useMay()("connectors:execute");
  const [asks, setAsks] = useState<readonly string[] | null>(null);
  const lines = found.data?.pages.flatMap((page) => page.dead_letters) ?? [];
  const open = lines.filter(canReplay).map(({ id }) => id);
  return (
    <section className={styles.section} aria-labelledby="dead-letters">
      <header className={styles.head}>
        <div>
          <h2 id="dead-letters">Dead letters</h2>
          <p className={styles.quiet}>
            Executions that were set aside without an outcome. Nobody works on them by themselves.
          </p>
        </div>
        {mayReplay && open.length > 0 && (
          <Button isPending={acting.isBusy} onPress={() => setAsks(open.slice(0, MOST_AT_ONCE))}>
            Replay {open.length > MOST_AT_ONCE ? `the first ${MOST_AT_ONCE}` : "all shown"}…
          </Button>
        )}
      </header>
      {acting.problem && (
        <ProblemNote
          title={acting.problem.title}
          detail={acting.problem.detail}
          traceId={acting.problem.traceId}
        />
      )}
      {found.isPending && <Skeleton height={96} />}
      {found.isError && (
        <Refused error={found.error as unknown as ApiError} onRetry={() => found.refetch()} />
      )}
      {found.isSuccess && lines.length === 0 && !found.hasNextPage && (
        <div className={styles.none}>
          <EmptyState icon={<MailX size={20} />} title="No dead letters">
            Every execution of this connector has ended, or waits for its turn.
          </EmptyState>
        </div>
      )}
      {(lines.length > 0 || found.hasNextPage) && (
        <>
          <Table<LetterLine>
            label="Dead letters"
            columns={columnsOf(mayReplay ? (id) => setAsks([id]) : null)}
            rows={lines}
            rowKey={({ id }) => id}
          />
          <Pager
            shown={messages(lines.length)}
            hasMore={found.hasNextPage}
            isLoading={found.isFetchingNextPage}
            onMore={() => found.fetchNextPage()}
          />
        </>
      )}
      <Confirm
        title={`Replay ${messages(asks?.length ?? 0)}?`}
        isOpen={asks !== null}
        onClose={() => setAsks(null)}
        action={`Replay ${messages(asks?.length ?? 0)}`}
        onConfirm={() => {
          acting.replay(asks ?? []);
          setAsks(null);
        }}
      >
        They are sent again as they came, and called by the connector as it is now. An execution that has had
        an outcome by then is not called again.
      </Confirm>
    </section>
  );
}

const columnsOf = (ask: ((id: string) => void) | null): Column<LetterLine>[] => [
  {
    id: "why",
    title: "Set aside because",
    cell: (letter) => (
      <div className={styles.cell}>
        <strong>{deadWord(letter.reason)}</strong>
        <span className={styles.why}>{letter.detail}</span>
      </div>
    ),
  },
  {
    id: "execution",
    title: "Execution",
    hideNarrow: true,
    cell: ({ execution_id: id, executed_at: ended }) =>
      id === null ? (
        <span className={styles.quiet}>not told</span>
      ) : ended ? (
        <Link to="/tools/executions/$id" params={{ id }}>
          <code>{id}</code>
        </Link>
      ) : (
        <code>{id}</code>
      ),
  },
  { id: "when", title: "When", width: "120px", cell: ({ at }) => (at ? <Time at={at} /> : "–") },
  {
    id: "act",
    title: "Replay",
    titleHidden: true,
    align: "end",
    width: "112px",
    cell: (letter) =>
      !canReplay(letter) ? (
        <Status tone="neutral">{letter.status ? `Ended: ${letter.status}` : "Ended"}</Status>
      ) : (
        ask && (
          <Button size="small" onPress={() => ask(letter.id)}>
            Replay<span className="visually-hidden"> {letter.execution_id ?? letter.id}</span>
          </Button>
        )
      ),
  },
];
