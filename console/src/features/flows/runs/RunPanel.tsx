import { IconButton } from "@ui/Button";
import { EmptyState, NotAllowed } from "@ui/States";
import { Play, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { useMay } from "@/features/session/queries";
import type { Draft } from "../steps";
import { RunHistory } from "./RunHistory";
import { RunShown } from "./RunShown";
import styles from "./Runs.module.css";
import { StartRuns } from "./StartRuns";

export interface RunPanelProps {
  /** null: the flow is not saved yet. */
  id: string | null;
  runId: string | null;
  /** Whom the next run is for; null: somebody chooses. */
  contactId: string | null;
  draft: Draft;
  isDirty: boolean;
  /** The engine would refuse it as it is. */
  isWrong: boolean;
  onSave: () => Promise<string | null>;
  /** null: all of them. */
  onShow: (runId: string | null) => void;
  onClose: () => void;
}

/** Docked beside the flow: run it on some contacts, watch a run, look at earlier ones. */
export function RunPanel(props: RunPanelProps) {
  const { id, runId, draft, onShow, onClose } = props;
  const may = useMay();
  const heading = useRef<HTMLHeadingElement>(null);
  // What opened it has gone, as has the form when its run is shown: whoever has no place any more is at the top of it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is looked at when another one is shown
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [runId]);
  return (
    <aside className={styles.panel} aria-label="Runs">
      <header className={styles.panelHead}>
        <h2 ref={heading} tabIndex={-1}>
          {runId ? "Run" : may("connectors:execute") ? "Run on sample contacts" : "Runs"}
        </h2>
        <IconButton label="Close the runs" size="small" onPress={onClose}>
          <X size={16} />
        </IconButton>
      </header>
      <div className={styles.panelBody}>
        {runId ? (
          may("executions:read") ? (
            <RunShown runId={runId} draft={draft} onBack={() => onShow(null)} />
          ) : (
            <NoRuns />
          )
        ) : (
          <>
            {may("connectors:execute") && draft.steps.length > 0 && <StartRuns {...props} />}
            {draft.steps.length === 0 && (
              <EmptyState icon={<Play size={20} />} title="Nothing to run yet">
                Add the first action.
              </EmptyState>
            )}
            {id !== null &&
              (may("executions:read") ? <RunHistory flowId={id} onShow={onShow} /> : <NoRuns />)}
          </>
        )}
      </div>
    </aside>
  );
}

const NoRuns = () => <NotAllowed>Runs are for people with the scope executions:read.</NotAllowed>;
