import { isObject, type Json } from "@json/exact";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { buttonClass } from "@ui/Button";
import { CopyButton } from "@ui/CopyButton";
import { ProblemNote, Skeleton, Status } from "@ui/States";
import { FlaskConical, RotateCcw } from "lucide-react";
import type { ApiError } from "@/api/client";
import type { ExecutionView } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { duration } from "@/app/time";
import { usePageTitle } from "@/app/title";
import { Only } from "@/features/session/Only";
import { useMay } from "@/features/session/queries";
import { Above } from "./components/Above";
import { Decisions } from "./components/Decisions";
import { Facts, useFlowPage } from "./components/Facts";
import styles from "./components/Page.module.css";
import { Parts } from "./components/Parts";
import { Waterfall } from "./components/Waterfall";
import { errorWord, httpWord, statusOf } from "./model";
import { NoOutcome } from "./NoOutcome";
import { calledQuery, executionQuery } from "./queries";

/** `/tools/executions/:id`: all that is kept of one. */
export default function ExecutionPage() {
  return (
    <Only scope="executions:read" isPage>
      <Page />
    </Only>
  );
}

function Page() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const found = useQuery(executionQuery(id));
  usePageTitle(`Execution ${id.slice(0, 8)}`);
  if (found.data) return <Found view={found.data} />;
  const error = found.error as ApiError | null;
  return (
    <div className={styles.page}>
      {error?.status === 404 ? (
        <NoOutcome id={id} />
      ) : (
        <>
          <Above />
          {error ? <Refused isPage error={error} onRetry={() => found.refetch()} /> : <PageSkeleton />}
        </>
      )}
    </div>
  );
}

function Found({ view }: { view: ExecutionView }) {
  const { data: connector } = useQuery(calledQuery(view.connector_id));
  const { word, tone } = statusOf(view);
  return (
    <div className={styles.page}>
      <Above connector={connector} />
      <header className={styles.head}>
        <div className={styles.title}>
          <h1>{connector?.name ?? "Execution"}</h1>
          <p className={styles.verdict}>
            <Status tone={tone}>{word}</Status>
            {view.http_status !== null && <code>{httpWord(view.http_status)}</code>}
            {view.attempt_count > 0 && <span>{duration(view.execution_time_ms / 1000)}</span>}
            <span>
              <Time at={view.executed_at} />
            </span>
            <CopyButton label="Copy the link" text={window.location.href} done="The link is copied" />
          </p>
        </div>
        <div className={styles.acts}>
          <AgainLink view={view} />
          {connector && isObject(view.input_data as Json) && <TestLink view={view} />}
        </div>
      </header>
      {view.status !== "success" && (
        <ProblemNote
          title={view.error_message ?? errorWord(view.error_type)}
          detail={view.error_message ? errorWord(view.error_type) : ""}
          tone={tone === "danger" ? "danger" : "warning"}
        />
      )}
      <Waterfall view={view} />
      <div className={styles.columns}>
        <Decisions view={view} />
        <Facts view={view} />
      </div>
      <Parts view={view} />
    </div>
  );
}

/** The same inputs, but secrets, in the test panel of the wizard, where they can be changed before it is called again. */
function TestLink({ view }: { view: ExecutionView }) {
  const may = useMay();
  if (!may("connectors:edit")) return null;
  return (
    <Link
      to="/tools/connectors/$id/edit"
      params={{ id: view.connector_id }}
      search={{ step: "response", execution: view.id }}
      className={buttonClass()}
    >
      <FlaskConical size={15} aria-hidden="true" />
      Test with these inputs
    </Link>
  );
}

/** An execution that has ended is not called again: its flow runs anew, for the same contact. */
function AgainLink({ view }: { view: ExecutionView }) {
  const may = useMay();
  const hasFlow = useFlowPage(view.flow_id);
  if (!hasFlow || !may("connectors:execute")) return null;
  const contact = view.contact_id === null ? {} : { contact: view.contact_id };
  return (
    <Link
      to="/tools/flows/$id"
      params={{ id: view.flow_id ?? "" }}
      search={{ panel: "run", ...contact }}
      className={buttonClass()}
    >
      <RotateCcw size={15} aria-hidden="true" />
      Run the flow again
    </Link>
  );
}

function PageSkeleton() {
  return (
    <div className={styles.stack} aria-busy="true">
      <Skeleton width={280} height={28} />
      <Skeleton width={220} height={16} />
      <Skeleton height={180} />
      <Skeleton height={220} />
    </div>
  );
}
