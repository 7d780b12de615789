import { ConnectorsProvider } from "@lib/provider";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { Skeleton } from "@ui/States";
import { consoleData } from "@/api/library";
import { Refused } from "@/app/Refused";
import { usePageTitle } from "@/app/title";
import { useFlowEngine } from "@/features/flow-engine/queries";
import { Only } from "@/features/session/Only";
import { NoEngine } from "./components/NoEngine";
import { draftOf, NEW } from "./drafts";
import styles from "./Flow.module.css";
import { FlowEditor } from "./FlowEditor";
import { flowQuery, namesQuery } from "./queries";
import type { FlowSearch } from "./search";

/** `/tools/flows/new` and `/tools/flows/:id`. */
export default function FlowPage() {
  const { id } = useParams({ strict: false }) as { id?: string };
  return (
    <Only scope={id === undefined ? "connectors:edit" : "connectors:read"} isPage>
      <Page />
    </Only>
  );
}

function Page() {
  const { id } = useParams({ strict: false }) as { id?: string };
  const { name } = useSearch({ strict: false }) as FlowSearch;
  const hasEngine = useFlowEngine();
  const names = useQuery({ ...namesQuery, enabled: hasEngine === true });
  const stored = useQuery({
    ...flowQuery(id ?? ""),
    enabled: hasEngine === true && id !== undefined,
    refetchOnWindowFocus: false,
  });
  usePageTitle(stored.data?.body.name);
  if (hasEngine === false) return <Framed>{<NoEngine />}</Framed>;
  const failed = stored.error ?? names.error;
  if (failed) {
    const retry = () => (stored.error ? stored.refetch() : names.refetch());
    return (
      <Framed>
        <Refused error={failed} onRetry={retry} />
      </Framed>
    );
  }
  if (!names.data || (id !== undefined && !stored.data)) return <Waiting />;
  const flow = stored.data?.body;
  return (
    <ConnectorsProvider source={consoleData}>
      <FlowEditor
        key={id ?? "new"}
        id={id ?? null}
        stored={flow ? draftOf(flow.definition) : { ...NEW, ...(name ? { name } : {}) }}
        etag={stored.data?.etag ?? null}
        names={names.data}
      />
    </ConnectorsProvider>
  );
}

const Framed = ({ children }: { children: React.ReactNode }) => (
  <div className={styles.page}>
    <h1 className="visually-hidden">Flow</h1>
    {children}
  </div>
);

function Waiting() {
  return (
    <div className={styles.page} aria-busy="true">
      <Skeleton width={280} height={32} />
      <Skeleton width={200} height={28} />
      <Skeleton height={420} />
    </div>
  );
}
