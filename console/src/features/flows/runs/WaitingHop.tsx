import { Link } from "@tanstack/react-router";
import { Status } from "@ui/States";
import type { StepView } from "@/api/flows";
import { useWaiting } from "@/features/waiting/queries";
import type { Step } from "../steps";
import { type Call, callOf } from "./model";
import styles from "./RunStep.module.css";

export interface WaitingHopProps {
  step: StepView & Call;
  /** As the flow has it now; undefined: it has none of this id any more. */
  definition: Step | undefined;
  /** What the connector is called. */
  name: string;
}

/** A call without an answer: why, until when, and where what holds it back is seen. */
export function WaitingHop({ step, definition, name }: WaitingHopProps) {
  const { waiting, connectorId, health } = useWaiting(callOf(step, definition));
  const { word, tone, detail, isHeld } = waiting;
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
          {isHeld && connectorId && (
            <Link
              to="/tools/connectors/$id"
              params={{ id: connectorId }}
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
