import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button } from "@ui/Button";
import { Confirm } from "@ui/Dialog";
import { Pager } from "@ui/Pager";
import { EmptyState, ProblemNote, Skeleton, Status } from "@ui/States";
import { type Column, Table } from "@ui/Table";
import { MailX } from "lucide-react";
import { useState } from "react";
import type { LetterKind, LetterLine } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { useMay } from "@/features/session/queries";
import { useActing } from "./acting";
import { cameOf, deadWord, LETTER_WORDS, MOST_AT_ONCE } from "./model";
import { lettersQuery } from "./queries";
import styles from "./Unfinished.module.css";

/** Messages that could not be worked on, and were set aside: executions, and what came of executions. */
export function LettersPanel({ connectorId }: { connectorId: string }) {
  const first = useInfiniteQuery(lettersQuery(connectorId, "execution"));
  return (
    <>
      <Letters connectorId={connectorId} kind="execution" isTurn />
      {/* One after the other: each look takes one of the few that a workspace has at once. */}
      <Letters connectorId={connectorId} kind="result" isTurn={!first.isPending} />
    </>
  );
}

interface LettersProps {
  connectorId: string;
  kind: LetterKind;
  isTurn: boolean;
}

function Letters({ connectorId, kind, isTurn }: LettersProps) {
  const found = useInfiniteQuery({ ...lettersQuery(connectorId, kind), enabled: isTurn });
  const words = LETTER_WORDS[kind];
  const heading = `dead-${kind}s`;
  const acting = useActing(connectorId);
  const mayReplay = useMay()("connectors:execute");
  const [asks, setAsks] = useState<readonly string[] | null>(null);
  const lines = found.data?.pages.flatMap((page) => page.dead_letters) ?? [];
  const open = lines.filter((line) => cameOf(kind, line) === null).map(({ id }) => id);
  return (
    <section className={styles.section} aria-labelledby={heading}>
      <header className={styles.head}>
        <div>
          <h2 id={heading}>{words.title}</h2>
          <p className={styles.quiet}>{words.what}</p>
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
      {found.isError && <Refused error={found.error} onRetry={() => found.refetch()} />}
      {found.isSuccess && lines.length === 0 && !found.hasNextPage && (
        <div className={styles.none}>
          <EmptyState icon={<MailX size={20} />} title={words.none}>
            {words.whyNone}
          </EmptyState>
        </div>
      )}
      {(lines.length > 0 || found.hasNextPage) && (
        <>
          <Table<LetterLine>
            label={words.title}
            columns={columnsOf(kind, mayReplay ? (id) => setAsks([id]) : null)}
            rows={lines}
            rowKey={({ id }) => id}
          />
          <Pager
            shown={words.count(lines.length)}
            hasMore={found.hasNextPage}
            isLoading={found.isFetchingNextPage}
            onMore={() => found.fetchNextPage()}
          />
        </>
      )}
      <Confirm
        title={`Replay ${words.count(asks?.length ?? 0)}?`}
        isOpen={asks !== null}
        onClose={() => setAsks(null)}
        action={`Replay ${words.count(asks?.length ?? 0)}`}
        onConfirm={() => {
          acting.replay(kind, asks ?? []);
          setAsks(null);
        }}
      >
        {words.whatReplayDoes}
      </Confirm>
    </section>
  );
}

const columnsOf = (kind: LetterKind, ask: ((id: string) => void) | null): Column<LetterLine>[] => [
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
    cell: (letter) => {
      const since = cameOf(kind, letter);
      if (since !== null) return <Status tone="neutral">{since}</Status>;
      return (
        ask && (
          <Button size="small" onPress={() => ask(letter.id)}>
            Replay<span className="visually-hidden"> {letter.execution_id ?? letter.id}</span>
          </Button>
        )
      );
    },
  },
];
