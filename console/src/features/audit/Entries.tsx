import { useInfiniteQuery } from "@tanstack/react-query";
import { Drawer } from "@ui/Drawer";
import { Pager } from "@ui/Pager";
import { EmptyState, ProblemNote, Skeleton } from "@ui/States";
import { type Column, rowLink, Table } from "@ui/Table";
import { History } from "lucide-react";
import type { ReactNode } from "react";
import type { EntryView } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import styles from "./Audit.module.css";
import { EntryDetail } from "./EntryDetail";
import { actorHint, actorName, changesInWords, sentence } from "./model";
import { entriesQuery } from "./queries";
import type { Filters, Source } from "./search";

export interface EntriesProps {
  source: Source;
  filters: Filters;
  /** The one that is looked at. */
  opened: string | null;
  onOpen: (id: string | null) => void;
  none: ReactNode;
  /** By id, where the trail itself does not say how something is called. */
  names: ReadonlyMap<string, string>;
}

/** What was done, newest first; one of them opens beside the list. */
export function Entries({ source, filters, opened, onOpen, none, names }: EntriesProps) {
  const found = useInfiniteQuery(entriesQuery(source, filters));
  if (found.isPending) return <Loading />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  const entries = found.data.pages.flatMap((page) => page.entries);
  if (entries.length === 0) return <Nothing>{none}</Nothing>;
  const entry = entries.find(({ id }) => id === opened);
  return (
    <>
      <Table label="What was done" columns={columns(onOpen, names)} rows={entries} rowKey={({ id }) => id} />
      <Pager
        shown={entries.length === 1 ? "1 entry" : `${entries.length} entries`}
        hasMore={found.hasNextPage}
        isLoading={found.isFetchingNextPage}
        onMore={() => found.fetchNextPage()}
      />
      {opened && !entry && (
        <ProblemNote
          tone="warning"
          title="The entry that the address names is not among these"
          detail="Load more, or ask for the days around it."
        />
      )}
      {entry && (
        <Drawer title={sentence(entry, names)} isOpen onClose={() => onOpen(null)}>
          <EntryDetail entry={entry} />
        </Drawer>
      )}
    </>
  );
}

const columns = (onOpen: (id: string) => void, names: ReadonlyMap<string, string>): Column<EntryView>[] => [
  {
    id: "what",
    title: "What",
    cell: (entry) => (
      <button type="button" className={`${rowLink} ${styles.open}`} onClick={() => onOpen(entry.id)}>
        {sentence(entry, names)}
        <span className={styles.by}>{actorName(entry.actor)}</span>
      </button>
    ),
  },
  {
    id: "who",
    title: "Who",
    hideNarrow: true,
    cell: ({ actor }) => <Who id={actor.id} name={actorName(actor)} hint={actorHint(actor)} />,
  },
  {
    id: "changes",
    title: "Changes",
    hideNarrow: true,
    cell: ({ changes }) => <span className={styles.muted}>{changesInWords(changes)}</span>,
  },
  { id: "when", title: "When", align: "end", width: "120px", cell: ({ at }) => <Time at={at} /> },
];

function Who({ id, name, hint }: { id: string; name: string; hint: string }) {
  return (
    <span className={styles.who} title={id}>
      {name}
      {hint && <span className={styles.muted}> {hint}</span>}
    </span>
  );
}

function Loading() {
  return (
    <div className={styles.loading} aria-busy="true">
      {[0, 1, 2, 3, 4].map((line) => (
        <Skeleton key={line} height={20} />
      ))}
    </div>
  );
}

function Nothing({ children }: { children: ReactNode }) {
  return (
    <div className={styles.panel}>
      <EmptyState icon={<History size={20} />} title="Nothing is recorded here">
        {children}
      </EmptyState>
    </div>
  );
}
