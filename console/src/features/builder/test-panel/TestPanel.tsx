import { jsonText } from "@json/exact";
import { Button, IconButton } from "@ui/Button";
import { ProblemNote, Skeleton, Status } from "@ui/States";
import { FlaskConical, Play, Square, X } from "lucide-react";
import { type Ref, useEffect, useRef } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import { Refusals } from "../components/Refusals";
import type { Values } from "../values";
import { Examples } from "./Examples";
import { KeptTest } from "./KeptTest";
import styles from "./Panel.module.css";
import { TestInput } from "./TestInput";
import { type OnPick, TrialResult } from "./TrialResult";
import { useTrial } from "./trial";

interface TestPanelProps {
  ref?: Ref<HTMLElement>;
  onClose: () => void;
  onPick: OnPick;
}

/** What is typed or chosen of a field that is wrong. */
const WRONG = "input[aria-invalid], textarea[aria-invalid], [data-invalid] button";

/** What has keys of its own. */
const ELSEWHERE = "[role=dialog], [role=alertdialog]";

/** Docked beside the steps, and kept while they change. */
export function TestPanel({ ref, onClose, onPick }: TestPanelProps) {
  const { control } = useFormContext<Values>();
  const inputs = useWatch({ control, name: "inputs" });
  const trial = useTrial();
  const { run, cancel, isRunning, result } = trial;
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (result?.error?.type === "invalid_input") form.current?.querySelector<HTMLElement>(WRONG)?.focus();
  }, [result]);
  /** One at a time: each calls the real API, and what is under way is cancelled first. */
  const start = () => {
    if (!isRunning) run();
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      if (event.target instanceof Element && event.target.closest(ELSEWHERE)) return;
      event.preventDefault();
      // Before what has the focus: Enter picks a line of an answer, and begins one in an editor.
      event.stopPropagation();
      if (!event.repeat) start();
    };
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  });
  return (
    <aside ref={ref} className={styles.panel} aria-label="Test request">
      <header className={styles.panelHead}>
        <h2>Test request</h2>
        <Stale />
        <IconButton label="Close the test panel" size="small" onPress={onClose}>
          <X size={16} />
        </IconButton>
      </header>
      <div className={styles.panelBody}>
        {trial.connectorId ? <Examples connectorId={trial.connectorId} /> : <Later />}
        <form
          ref={form}
          className={styles.testInputs}
          onSubmit={(event) => {
            event.preventDefault();
            start();
          }}
        >
          {inputs
            .filter((row) => row.name)
            .map((row) => (
              <TestInput key={row.name} row={row} />
            ))}
          <div className={styles.run}>
            <Button variant="primary" type="submit" isPending={isRunning} icon={<Play size={14} />}>
              Test request
            </Button>
            {isRunning ? (
              <Button icon={<Square size={12} />} onPress={cancel}>
                Cancel
              </Button>
            ) : (
              <kbd className={styles.keys}>Ctrl Enter</kbd>
            )}
          </div>
        </form>
        <div aria-live="polite" aria-busy={isRunning}>
          <Outcome onPick={onPick} />
        </div>
      </div>
    </aside>
  );
}

/** What is in the draft until the connector is saved. */
function Later() {
  const { examples } = useTrial();
  if (examples.length === 0) return null;
  const names = examples.map(({ name }) => name).join(", ");
  return <p className={styles.quiet}>Examples when it is saved: {names}</p>;
}

/** Told where the connector is another one than the one that was tested. */
function Stale() {
  const { control } = useFormContext<Values>();
  // Watched to look again whenever something changes.
  useWatch({ control });
  const { tested, draft, kept, configuration } = useTrial();
  const isStale =
    tested === null ? kept !== null && kept.configuration !== configuration() : jsonText(draft()) !== tested;
  return isStale ? <Status tone="warning">Changed since this test</Status> : null;
}

function Outcome({ onPick }: { onPick: OnPick }) {
  const { isRunning, result, refusal, kept } = useTrial();
  if (isRunning) {
    return (
      <div className={styles.stack}>
        <Skeleton height={20} width={180} />
        <Skeleton height={120} />
        <Skeleton height={60} />
      </div>
    );
  }
  if (refusal) {
    if (refusal.errors.length > 0) {
      return (
        <ProblemNote title="It cannot be called as it is" detail="Put this right, then test again.">
          <Refusals errors={refusal.errors} />
        </ProblemNote>
      );
    }
    return <ProblemNote title={refusal.title} detail={refusal.detail} traceId={refusal.traceId} />;
  }
  if (result) return <TrialResult result={result} onPick={onPick} />;
  if (kept) return <KeptTest test={kept} onPick={onPick} />;
  return (
    <p className={styles.testHint}>
      <FlaskConical size={16} aria-hidden="true" />
      Calls the real API once, within the connector's limits. Nothing is saved and no contact changes.
    </p>
  );
}
