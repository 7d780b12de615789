import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Pager } from "@ui/Pager";
import { EmptyState, Skeleton, Status } from "@ui/States";
import { Table } from "@ui/Table";
import { ArrowUp, History, SearchX } from "lucide-react";
import type { ExecutionLine } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { type Live, useLive } from "../live";
import { executionsQuery, type Named, namesQuery } from "../queries";
import { type ExecutionSearch, isFiltered } from "../search";
import { columnsOf } from "./columns";
import { Filters } from "./Filters";
import styles from "./List.module.css";

export interface ExecutionListProps {
  search: ExecutionSearch;
  onSearch: (search: ExecutionSearch) => void;
  /** The page is about one connector: it is neither filtered by nor told in each row. */
  isOfConnector?: boolean;
}

/** Executions, newest first, live: new ones are announced, and come in when somebody wants to see them. */
export function ExecutionList({ search, onSearch, isOfConnector = false }: ExecutionListProps) {
  const { data: names = [] } = useQuery(namesQuery);
  const live = useLive(search);
  return (
    <div className={styles.list}>
      <Filters search={search} onSearch={onSearch} names={names} isOfConnector={isOfConnector} />
      <Rows search={search} live={live} names={names} isOfConnector={isOfConnector} onSearch={onSearch} />
    </div>
  );
}

interface RowsProps extends Required<ExecutionListProps> {
  live: Live;
  names: readonly Named[];
}

function Rows({ search, live, names, isOfConnector, onSearch }: RowsProps) {
  const found = useInfiniteQuery(executionsQuery(search));
  if (found.isPending) return <ListSkeleton />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  const lines = found.data.pages.flatMap((page) => page.executions);
  const listed = new Set(lines.map(({ id }) => id));
  const filtered = isFiltered(
    isOfConnector ? search : { ...search, ...(search.connector ? { text: "x" } : {}) },
  );
  return (
    <>
      <LiveHead live={live} count={live.fresh.filter(({ id }) => !listed.has(id)).length} />
      {lines.length === 0 && !found.hasNextPage ? (
        <Nothing isFiltered={filtered} onClear={() => onSearch(cleared(search, isOfConnector))} />
      ) : (
        <Table<ExecutionLine>
          label="Executions"
          columns={columnsOf(names, isOfConnector)}
          rows={lines}
          rowKey={({ id }) => id}
          isNew={({ id }) => live.shown.has(id)}
        />
      )}
      {(lines.length > 0 || found.hasNextPage) && (
        <Pager
          shown={lines.length === 1 ? "1 execution" : `${lines.length} executions`}
          hasMore={found.hasNextPage}
          isLoading={found.isFetchingNextPage}
          onMore={() => found.fetchNextPage()}
        />
      )}
    </>
  );
}

export function cleared(search: ExecutionSearch, isOfConnector: boolean): ExecutionSearch {
  return isOfConnector && search.connector ? { connector: search.connector } : {};
}

const STATES: Record<Live["state"], { tone: "success" | "warning" | "neutral"; word: string }> = {
  joining: { tone: "neutral", word: "Joining…" },
  live: { tone: "success", word: "Live" },
  away: { tone: "warning", word: "Not live: trying again" },
  off: { tone: "neutral", word: "Not live" },
};

function LiveHead({ live, count }: { live: Live; count: number }) {
  const { tone, word } = STATES[live.state];
  return (
    <div className={styles.liveHead}>
      <Status tone={tone}>{word}</Status>
      <div aria-live="polite" className={styles.announced}>
        {(count > 0 || live.isBehind) && (
          <Button size="small" icon={<ArrowUp size={14} />} onPress={live.show}>
            {live.isBehind ? "Many new: read again" : `${count} new`}
          </Button>
        )}
      </div>
    </div>
  );
}

function ListSkeleton() {
  return (
    <div className={styles.skeleton} aria-busy="true">
      <span className="visually-hidden">Executions are being read</span>
      {[0, 1, 2, 3, 4, 5].map((index) => (
        <Skeleton key={index} height={36} />
      ))}
    </div>
  );
}

function Nothing({ isFiltered: filtered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  return (
    <div className={styles.none}>
      {filtered ? (
        <EmptyState
          icon={<SearchX size={20} />}
          title="No execution matches"
          actions={<Button onPress={onClear}>Clear filters</Button>}
        >
          The search looks at the messages of errors.
        </EmptyState>
      ) : (
        <EmptyState icon={<History size={20} />} title="Nothing has run yet">
          As soon as a flow or the API calls a connector, its execution is here, with all that became of it.
        </EmptyState>
      )}
    </div>
  );
}
