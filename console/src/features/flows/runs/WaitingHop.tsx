import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Status } from "@ui/States";
import { useEffect, useState } from "react";
import type { StepView } from "@/api/flows";
import { healthQuery } from "@/features/connectors/page/queries";
import { waitingOf } from "@/features/waiting/model";
import { parkedLineQuery } from "./queries";
import styles from "./RunStep.module.css";

/** Most calls are answered within it: of those nobody is asked why they wait. */
const SOON_MS = 1_500;

export interface WaitingHopProps {
  step: StepView & { execution_id: string };
  flowId: string;
  /** undefined: the flow has this step no more. */
  connectorId: string | undefined;
  /** What the connector is called. */
  name: string;
}

/** A call without an answer: why, until when, and where what holds it back is seen. */
export function WaitingHop({ step, flowId, connectorId, name }: WaitingHopProps) {
  const enabled = useIsOlder(step.started_at, SOON_MS);
  const wanted = { executionId: step.execution_id, connectorId: connectorId ?? null, flowId };
  const { data: parked } = useQuery({ ...parkedLineQuery(wanted), enabled });
  const called = connectorId ?? parked?.connector_id;
  const { data: health } = useQuery({
    ...healthQuery(called ?? ""),
    enabled: enabled && called !== undefined,
  });
  const { word, tone, detail, isHeld } = waitingOf({ parked, health }, new Date());
  return (
    <>
      <Status tone={tone}>
        <Link to="/tools/executions/$id" params={{ id: step.execution_id }} className={styles.hopLink}>
          {word}
        </Link>
      </Status>
      {(detail || isHeld) && (
        <span className={styles.hopDetail}>
          {detail}{" "}
          {isHeld && called && (
            <Link
              to="/tools/connectors/$id"
              params={{ id: called }}
              search={{ tab: "waiting" }}
              className={styles.link}
            >
              What waits for {health?.name ?? name}
            </Link>
          )}
        </span>
      )}
    </>
  );
}

/** Is it so long ago? It becomes so by itself. */
function useIsOlder(at: string, ms: number): boolean {
  const left = Date.parse(at) + ms - Date.now();
  const [isOlder, setOlder] = useState(left <= 0);
  useEffect(() => {
    if (isOlder) return;
    const timer = setTimeout(() => setOlder(true), left);
    return () => clearTimeout(timer);
  }, [isOlder, left]);
  return isOlder;
}
