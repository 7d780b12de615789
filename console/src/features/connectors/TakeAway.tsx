import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Confirm } from "@ui/Dialog";
import { Status } from "@ui/States";
import { useEffect, useRef } from "react";
import type { ConnectorLine } from "@/api/schema";
import { useFlowEngine } from "@/features/flow-engine/queries";
import { type Uses, usesQuery } from "@/features/flow-engine/uses";
import styles from "./TakeAway.module.css";
import { type Change, consequence, isUsed, usedWords } from "./taking-away";

export interface TakeAwayProps {
  line: ConnectorLine;
  change: Change;
  onClose: () => void;
  onConfirm: () => void;
}

/** Of one that flows use: which they are, and what becomes of them. What nobody uses is taken away without a question. */
export default function TakeAway(props: TakeAwayProps) {
  const { line, change, onClose, onConfirm } = props;
  const uses = useUses(line.id);
  const isFree = uses !== undefined && !isUsed(line, uses);
  const done = useRef(false);
  useEffect(() => {
    if (!isFree || done.current) return;
    done.current = true;
    onConfirm();
  }, [isFree, onConfirm]);
  if (uses === undefined || isFree) return null;
  const verb = change === "delete" ? "Delete" : "Switch off";
  return (
    <Confirm
      title={`${verb} ${line.name}?`}
      isOpen
      onClose={onClose}
      action={verb}
      tone="danger"
      onConfirm={onConfirm}
    >
      <p>{usedWords(line, uses)}</p>
      {uses && uses.flows.length > 0 && <Flows flows={uses.flows} />}
      <p>{consequence(change)}</p>
    </Confirm>
  );
}

/** undefined: it is being asked; null: the engine does not say. Without an engine there are no flows to ask for. */
function useUses(id: string): Uses | null | undefined {
  const hasFlows = useFlowEngine();
  const found = useQuery({ ...usesQuery(id), enabled: hasFlows === true });
  if (hasFlows === false) return NONE;
  return found.isError ? null : found.data;
}

const NONE: Uses = { flows: [], more: false };
const MOST_SHOWN = 6;

function Flows({ flows }: { flows: Uses["flows"] }) {
  const left = flows.length - MOST_SHOWN;
  return (
    <ul className={styles.flows} aria-label="Flows that call it">
      {flows.slice(0, MOST_SHOWN).map(({ id, name, enabled }) => (
        <li key={id} className={styles.flow}>
          <Link to="/tools/flows/$id" params={{ id }} className={styles.link}>
            {name}
          </Link>
          <Status tone={enabled ? "success" : "neutral"}>{enabled ? "On" : "Off"}</Status>
        </li>
      ))}
      {left > 0 && <li>and {left} more</li>}
    </ul>
  );
}
