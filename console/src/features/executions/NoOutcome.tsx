import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, buttonClass } from "@ui/Button";
import { EmptyState, ProblemNote, Status } from "@ui/States";
import { Hourglass } from "lucide-react";
import { useEffect, useRef } from "react";
import type { ParkedLine } from "@/api/schema";
import { Time } from "@/app/Time";
import { FlowName } from "@/features/flow-engine/FlowName";
import { useMay } from "@/features/session/queries";
import { useActing } from "@/features/unfinished/acting";
import type { Waiting } from "@/features/waiting/model";
import { parkedLineQuery, useWaiting } from "@/features/waiting/queries";
import { Above } from "./components/Above";
import styles from "./components/Page.module.css";
import { calledQuery, executionQuery } from "./queries";

/** One that the history does not have: it waits, is being called, or has ended long ago. */
export function NoOutcome({ id }: { id: string }) {
  const { parked, waiting } = useWaiting({ executionId: id, connectorId: null, since: null });
  useOutcomeAfter(id, parked);
  return parked ? (
    <Parked line={parked} waiting={waiting} />
  ) : (
    <>
      <Above />
      <div className={styles.panel} aria-live="polite">
        <EmptyState
          isPage
          icon={<Hourglass size={20} />}
          title="It has no outcome yet"
          actions={
            <Link to="/tools/executions" className={buttonClass()}>
              To the executions
            </Link>
          }
        >
          It is in line or being called, and shown here as soon as it has ended. One that ended long ago is
          not kept any more.
        </EmptyState>
      </div>
    </>
  );
}

/** What waits no more has an outcome soon: it is looked for as often as at first. */
function useOutcomeAfter(id: string, parked: ParkedLine | null | undefined): void {
  const client = useQueryClient();
  const waited = useRef(false);
  useEffect(() => {
    if (waited.current && parked === null) client.resetQueries({ queryKey: executionQuery(id).queryKey });
    waited.current = Boolean(parked);
  }, [client, id, parked]);
}

function Parked({ line, waiting }: { line: ParkedLine; waiting: Waiting }) {
  const { data: connector } = useQuery(calledQuery(line.connector_id));
  const name = connector?.name ?? "its connector";
  return (
    <>
      <Above connector={connector} />
      <header className={styles.head}>
        <div className={styles.title}>
          <h1>{connector?.name ?? "Execution"}</h1>
          <p className={styles.verdict} aria-live="polite">
            <Status tone={waiting.tone}>{waiting.short ?? waiting.word}</Status>
            <span>
              parked <Time at={line.parked_at} />
            </span>
            {line.flow_id && (
              <span>
                for the flow <FlowName id={line.flow_id} />
              </span>
            )}
          </p>
        </div>
        <Cancel line={line} />
      </header>
      <ProblemNote tone="warning" title={waiting.word} detail={waiting.detail}>
        <p>It is called by itself when its time has come, and holds nobody up.</p>
        <p>
          <Link
            to="/tools/connectors/$id"
            params={{ id: line.connector_id }}
            search={{ tab: "waiting" }}
            className={styles.like}
          >
            What waits for {name}
          </Link>
        </p>
      </ProblemNote>
    </>
  );
}

function Cancel({ line }: { line: ParkedLine }) {
  const client = useQueryClient();
  const acting = useActing(line.connector_id);
  if (!useMay()("connectors:execute")) return null;
  const cancel = async () => {
    await acting.cancelOne(line.execution_id);
    client.invalidateQueries({ queryKey: parkedLineQuery(line.execution_id).queryKey });
  };
  return (
    <div className={styles.acts}>
      <Button isDisabled={line.under_way} isPending={acting.isBusy} onPress={cancel}>
        Cancel it
      </Button>
      {acting.problem && <ProblemNote title={acting.problem.title} detail={acting.problem.detail} />}
    </div>
  );
}
