import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Badge } from "@ui/Badge";
import { buttonClass } from "@ui/Button";
import { Crumbs } from "@ui/Crumbs";
import { EmptyState, Skeleton } from "@ui/States";
import { Tab, TabList, TabPanel, Tabs } from "@ui/Tabs";
import { Unplug } from "lucide-react";
import { useCallback, useMemo, useRef } from "react";
import type { ApiError } from "@/api/client";
import type { ConnectorView } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { AuditList } from "@/features/audit/AuditList";
import { auditSearch } from "@/features/audit/search";
import { ConnectorHead } from "@/features/connectors/page/ConnectorHead";
import { HealthPanel } from "@/features/connectors/page/HealthPanel";
import styles from "@/features/connectors/page/Page.module.css";
import { healthQuery } from "@/features/connectors/page/queries";
import { connectorQuery, useConnectorActions } from "@/features/connectors/queries";
import { ByFlow } from "@/features/executions/components/ByFlow";
import { Causes } from "@/features/executions/components/Causes";
import { ExecutionList } from "@/features/executions/components/ExecutionList";
import { type ExecutionSearch, executionSearch } from "@/features/executions/search";
import { Only } from "@/features/session/Only";
import { LettersPanel } from "@/features/unfinished/LettersPanel";
import { ParkedPanel } from "@/features/unfinished/ParkedPanel";
import { usePageTitle } from "../title";
import { ConnectorMetrics } from "./ConnectorMetrics";

const TABS = ["executions", "metrics", "failures", "flows", "waiting", "audit"] as const;
type TabId = (typeof TABS)[number];

/** `/tools/connectors/:id`: why one runs or does not, and all that it did. */
export default function ConnectorRoute() {
  return (
    <Only scope="connectors:read" isPage>
      <Page />
    </Only>
  );
}

function Page() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const found = useQuery(connectorQuery(id));
  usePageTitle(found.data?.body.name);
  return (
    <div className={styles.page}>
      <Crumbs>
        <Link to="/tools/connectors">Connectors</Link>
      </Crumbs>
      {found.data ? (
        <Found key={id} connector={found.data.body} />
      ) : found.isError ? (
        <Missing id={id} error={found.error as ApiError} onRetry={() => found.refetch()} />
      ) : (
        <PageSkeleton />
      )}
    </div>
  );
}

function Found({ connector }: { connector: ConnectorView }) {
  const { id } = connector;
  const given = useSearch({ strict: false }) as Record<string, unknown>;
  const tab = TABS.find((one) => one === given.tab) ?? "executions";
  const search = useMemo(() => ({ ...executionSearch(given), connector: id }), [given, id]);
  const shown = useRef(tab);
  shown.current = tab;
  const navigate = useNavigate();
  const show = useCallback(
    (next: ExecutionSearch, to: TabId = "executions") => {
      const { connector: _its, ...rest } = next;
      navigate({
        to: ".",
        search: to === "executions" ? rest : { ...rest, tab: to },
        replace: true,
      } as never);
    },
    [navigate],
  );
  const openEntry = (entry: string | null) =>
    navigate({
      to: ".",
      search: ({ entry: _was, ...rest }: Record<string, unknown>) => (entry ? { ...rest, entry } : rest),
    } as never);
  const list = useCallback((next: ExecutionSearch) => show(next), [show]);
  const client = useQueryClient();
  const { toggle } = useConnectorActions();
  const enable = () =>
    toggle.mutate(connector, {
      onSettled: () => {
        client.invalidateQueries({ queryKey: ["connector", id] });
        client.invalidateQueries({ queryKey: ["health", id] });
      },
    });
  const { data: health } = useQuery(healthQuery(id));
  const parked = health?.parked?.count ?? null;
  return (
    <>
      <ConnectorHead connector={connector} />
      <HealthPanel id={id} onEnable={enable} onShow={(to) => show({ connector: id }, to)} />
      <Tabs label="The connector in detail" selected={tab} onSelect={(to) => show(search, to as TabId)}>
        <TabList>
          <Tab id="executions">Executions</Tab>
          <Tab id="metrics">Metrics</Tab>
          <Tab id="failures">Failures</Tab>
          <Tab id="flows">Flows</Tab>
          <Tab id="waiting">Waiting {parked ? <Badge>{parked}</Badge> : null}</Tab>
          <Tab id="audit">Audit</Tab>
        </TabList>
        <TabPanel id="executions">
          <Only scope="executions:read">
            <ExecutionList search={search} onSearch={list} isOfConnector />
          </Only>
        </TabPanel>
        <TabPanel id="metrics">
          <ConnectorMetrics id={id} />
        </TabPanel>
        <TabPanel id="failures">
          <Only scope="executions:read">
            <Causes search={{ connector: id }} onShow={list} />
          </Only>
        </TabPanel>
        <TabPanel id="flows">
          <Only scope="executions:read">
            <ByFlow search={{ connector: id }} />
          </Only>
        </TabPanel>
        <TabPanel id="waiting">
          <Only scope="executions:read">
            <ParkedPanel connectorId={id} count={parked} />
            <LettersPanel connectorId={id} />
          </Only>
        </TabPanel>
        <TabPanel id="audit">
          <Only scope="workspace:admin">
            <AuditList
              kind="connector"
              id={id}
              name={connector.name}
              opened={auditSearch(given).entry ?? null}
              onOpen={openEntry}
            />
          </Only>
        </TabPanel>
      </Tabs>
    </>
  );
}

function Missing({ id, error, onRetry }: { id: string; error: ApiError; onRetry: () => void }) {
  if (error.status !== 404 && error.status !== 422) return <Refused isPage error={error} onRetry={onRetry} />;
  return (
    <EmptyState
      isPage
      icon={<Unplug size={20} />}
      title="There is no such connector"
      actions={
        <>
          <Link to="/tools/connectors" className={buttonClass()}>
            To the connectors
          </Link>
          <Link to="/tools/executions" search={{ connector: id }} className={buttonClass("quiet")}>
            Its executions
          </Link>
        </>
      }
    >
      It was deleted, or belongs to another workspace. What it did is kept for a while.
    </EmptyState>
  );
}

function PageSkeleton() {
  return (
    <div className={styles.section} aria-busy="true">
      <Skeleton width={320} height={48} />
      <Skeleton height={120} />
      <Skeleton height={320} />
    </div>
  );
}
