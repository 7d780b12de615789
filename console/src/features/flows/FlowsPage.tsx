import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button, buttonClass } from "@ui/Button";
import { SearchField } from "@ui/SearchField";
import { Select } from "@ui/Select";
import { EmptyState } from "@ui/States";
import { Plus, SearchX, Workflow } from "lucide-react";
import { useEffect, useState } from "react";
import type { FlowLine } from "@/api/flows";
import { Refused } from "@/app/Refused";
import { useFlowEngine } from "@/features/flow-engine/queries";
import { Only } from "@/features/session/Only";
import { useMay } from "@/features/session/queries";
import { FlowRow, FlowRowSkeleton } from "./components/FlowRow";
import { NoEngine } from "./components/NoEngine";
import styles from "./Flows.module.css";
import { flowsQuery } from "./queries";
import type { FlowStatus, FlowsSearch } from "./search";

const ANY = "any";
const TYPING_MS = 200;
const STATUSES = [
  { id: ANY, label: "On and off" },
  { id: "on", label: "On" },
  { id: "off", label: "Off" },
];

/** `/tools/flows`. */
export default function FlowsPage() {
  const search = useSearch({ from: "/inside/tools/flows" });
  const hasEngine = useFlowEngine();
  const may = useMay();
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div>
          <h1>Flows</h1>
          <p className={styles.intro}>
            Steps that run for a contact: your connectors, one after the other, and what becomes of their
            answers.
          </p>
        </div>
        {hasEngine && may("connectors:edit") && <NewLink />}
      </header>
      <Only scope="connectors:read">{hasEngine === false ? <NoEngine /> : <List search={search} />}</Only>
    </div>
  );
}

function NewLink() {
  return (
    <Link to="/tools/flows/new" className={buttonClass("primary")}>
      <Plus size={16} aria-hidden="true" />
      New flow
    </Link>
  );
}

function List({ search }: { search: FlowsSearch }) {
  const found = useInfiniteQuery(flowsQuery);
  if (found.isPending) return <Skeletons />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  const flows = found.data.pages.flatMap((page) => page.flows);
  if (flows.length === 0) return <NoFlows />;
  const shown = flows.filter((flow) => matches(flow, search));
  return (
    <>
      <Filters search={search} />
      {shown.length === 0 ? (
        <NothingFound />
      ) : (
        <ul className={styles.list} aria-label="Flows">
          {shown.map((flow) => (
            <FlowRow key={flow.id} flow={flow} />
          ))}
        </ul>
      )}
      <p className={styles.count} role="status">
        {shown.length === 1 ? "1 flow" : `${shown.length} flows`}
        {found.hasNextPage && " so far"}
      </p>
      {found.hasNextPage && (
        <Button isPending={found.isFetchingNextPage} onPress={() => found.fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  );
}

function matches(flow: FlowLine, { q, status }: FlowsSearch): boolean {
  const isNamed = !q || flow.name.toLowerCase().includes(q.toLowerCase());
  return isNamed && (!status || (status === "on") === flow.enabled);
}

function Filters({ search }: { search: FlowsSearch }) {
  const navigate = useNavigate({ from: "/tools/flows" });
  const [text, setText] = useState(search.q ?? "");
  useEffect(() => setText(search.q ?? ""), [search.q]);
  useEffect(() => {
    if (text === (search.q ?? "")) return;
    const typing = setTimeout(() => {
      navigate({ search: ({ q: _was, ...rest }) => (text ? { ...rest, q: text } : rest), replace: true });
    }, TYPING_MS);
    return () => clearTimeout(typing);
  }, [text, search.q, navigate]);
  const show = (id: string) =>
    navigate({
      search: ({ status: _was, ...rest }) => (id === ANY ? rest : { ...rest, status: id as FlowStatus }),
      replace: true,
    });
  return (
    <div className={styles.filters}>
      <SearchField label="Search flows" placeholder="Search flows…" value={text} onChange={setText} />
      <Select label="State" labelHidden options={STATUSES} value={search.status ?? ANY} onChange={show} />
    </div>
  );
}

function Skeletons() {
  return (
    <ul className={styles.list} aria-busy="true" aria-label="Flows, loading">
      {[0, 1, 2].map((index) => (
        <FlowRowSkeleton key={index} />
      ))}
    </ul>
  );
}

function NoFlows() {
  const may = useMay();
  return (
    <div className={styles.list}>
      <EmptyState
        icon={<Workflow size={20} />}
        title="Put your connectors to work"
        actions={may("connectors:edit") && <NewLink />}
      >
        A flow calls connectors for a contact, one after the other, and writes what they answer onto it.
      </EmptyState>
    </div>
  );
}

function NothingFound() {
  return (
    <div className={styles.list}>
      <EmptyState
        icon={<SearchX size={20} />}
        title="No flow matches"
        actions={
          <Link to="/tools/flows" className={buttonClass()}>
            Clear the filters
          </Link>
        }
      >
        Search looks at the names of flows.
      </EmptyState>
    </div>
  );
}
