import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button, buttonClass } from "@ui/Button";
import { Part } from "@ui/Part";
import { PlainSelect } from "@ui/PlainSelect";
import { SearchField } from "@ui/SearchField";
import { EmptyState } from "@ui/States";
import { SearchX } from "lucide-react";
import { lazy, useEffect, useState } from "react";
import type { ConnectorLine } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { Only } from "@/features/session/Only";
import { useMay } from "@/features/session/queries";
import { ConnectorRow, RowSkeleton } from "./ConnectorRow";
import styles from "./Dashboard.module.css";
import { categoryOptions, sorted } from "./model";
import { CreateLink, NoConnectors } from "./NoConnectors";
import { activityQuery, connectorsQuery, healthQuery } from "./queries";
import { type DashboardSearch, isFiltered, type Sort, type StatusFilter } from "./search";

const DraftsButton = lazy(() => import("@/features/drafts/DraftsButton"));
const ANY = "any";
const TYPING_MS = 250;
const MOST_PAGES_AT_ONCE = 5;
const SORT_OPTIONS: { id: Sort; label: string }[] = [
  { id: "newest", label: "Newest first" },
  { id: "name", label: "Name" },
  { id: "last-used", label: "Last used" },
  { id: "most-used", label: "Most used" },
];
const STATUS_OPTIONS = [
  { id: ANY, label: "Any status" },
  { id: "active", label: "Active" },
  { id: "inactive", label: "Inactive" },
];

export default function DashboardPage() {
  const search = useSearch({ from: "/inside/tools/connectors" });
  const may = useMay();
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div>
          <h1>Connectors</h1>
          <p className={styles.intro}>
            Connect to any app or service that has an API, without code. Your connectors are actions in your{" "}
            <Link to="/tools/flows">flows</Link>.
          </p>
        </div>
        {may("connectors:edit") && (
          <div className={styles.create}>
            <Part>
              <DraftsButton />
            </Part>
            <CreateLink />
          </div>
        )}
      </header>
      <Only scope="connectors:read">
        <Filters search={search} />
        <List search={search} />
      </Only>
    </div>
  );
}

function Filters({ search }: { search: DashboardSearch }) {
  const navigate = useNavigate({ from: "/tools/connectors" });
  const [text, setText] = useState(search.q ?? "");
  const show = (changed: DashboardSearch) =>
    navigate({ search: (was) => ({ ...was, ...changed }), replace: true });
  // The address follows the typing, and the typing an address that somebody else has changed.
  useEffect(() => setText(search.q ?? ""), [search.q]);
  useEffect(() => {
    if (text === (search.q ?? "")) return;
    const typing = setTimeout(() => {
      navigate({ search: ({ q: _was, ...rest }) => (text ? { ...rest, q: text } : rest), replace: true });
    }, TYPING_MS);
    return () => clearTimeout(typing);
  }, [text, search.q, navigate]);
  const without = (name: "category" | "status") =>
    navigate({ search: ({ [name]: _was, ...rest }) => rest, replace: true });
  return (
    <div className={styles.filters}>
      <SearchField
        label="Search connectors"
        placeholder="Search connectors…"
        value={text}
        onChange={setText}
      />
      <PlainSelect
        label="Category"
        options={[{ id: ANY, label: "Any category" }, ...categoryOptions([search.category ?? ""])]}
        value={search.category ?? ANY}
        onChange={(category) => (category === ANY ? without("category") : show({ category }))}
      />
      <PlainSelect
        label="Status"
        options={STATUS_OPTIONS}
        value={search.status ?? ANY}
        onChange={(id) => (id === ANY ? without("status") : show({ status: id as StatusFilter }))}
      />
      <PlainSelect
        label="Sort by"
        options={SORT_OPTIONS}
        value={search.sort ?? "newest"}
        onChange={(sort) => show({ sort: sort as Sort })}
      />
    </div>
  );
}

function List({ search }: { search: DashboardSearch }) {
  const found = useInfiniteQuery(connectorsQuery(search));
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const pages = data?.pages.length ?? 0;
  // To sort them by anything but their age, all have to be here; of very many the next ones are asked for.
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && pages < MOST_PAGES_AT_ONCE) fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, pages, fetchNextPage]);
  if (found.isPending) return <Skeletons />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  const lines = sorted(
    found.data.pages.flatMap((page) => page.connectors),
    search.sort,
  );
  if (lines.length === 0) return isFiltered(search) ? <NothingFound /> : <NoConnectors />;
  return (
    <>
      <ul className={styles.list} aria-label="Connectors">
        <Rows lines={lines} />
      </ul>
      <p className={styles.count} role="status">
        {lines.length === 1 ? "1 connector" : `${lines.length} connectors`}
        {hasNextPage && " so far"}
      </p>
      {hasNextPage && pages >= MOST_PAGES_AT_ONCE && (
        <Button isPending={isFetchingNextPage} onPress={() => fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  );
}

function Rows({ lines }: { lines: readonly ConnectorLine[] }) {
  // In an order that sorting does not change: it is no reason to ask again.
  const ids = lines.map(({ id }) => id).sort();
  const { data: health } = useQuery(healthQuery(ids));
  const { data: activity } = useQuery(activityQuery(ids));
  return lines.map((line) => (
    <ConnectorRow key={line.id} line={line} health={health?.get(line.id)} activity={activity?.get(line.id)} />
  ));
}

function Skeletons() {
  return (
    <ul className={styles.list} aria-busy="true" aria-label="Connectors, loading">
      {[0, 1, 2].map((index) => (
        <RowSkeleton key={index} />
      ))}
    </ul>
  );
}

function NothingFound() {
  return (
    <div className={styles.list}>
      <EmptyState
        icon={<SearchX size={20} />}
        title="No connector matches"
        actions={
          <Link to="/tools/connectors" className={buttonClass()}>
            Clear the filters
          </Link>
        }
      >
        Search looks at names and descriptions.
      </EmptyState>
    </div>
  );
}
