import { Link } from "@tanstack/react-router";
import { Button, IconButton } from "@ui/Button";
import { Crumbs } from "@ui/Crumbs";
import { FlaskConical, Redo2, Undo2 } from "lucide-react";
import { usePageTitle } from "@/app/title";
import styles from "../Builder.module.css";
import type { DraftState } from "../draft-keeper";
import { STEPS } from "../step-ids";
import type { Undo } from "../undo";
import { SaveState, type Saving } from "./SaveState";
import own from "./WizardHead.module.css";

interface WizardHeadProps {
  /** As it is stored; null: it is a new one. */
  connector: { id: string; name: string } | null;
  /** From one. */
  step: number;
  saving: Saving;
  draft: DraftState;
  undo: Undo;
  /** Then there is only a way to the test, where it does not stand beside the step. */
  isTesting: boolean;
  onTest: () => void;
}

export function WizardHead({ connector, step, saving, draft, undo, isTesting, onTest }: WizardHeadProps) {
  usePageTitle(connector ? `Edit ${connector.name}` : undefined);
  return (
    <>
      <Crumbs>
        <Link to="/tools/connectors">Connectors</Link>
        {connector && (
          <Link to="/tools/connectors/$id" params={{ id: connector.id }}>
            {connector.name}
          </Link>
        )}
      </Crumbs>
      <header className={styles.head}>
        <div>
          <h1>{connector ? "Edit connector" : "Create connector"}</h1>
          <p className={styles.quiet}>
            Step {step} of {STEPS.length}
          </p>
        </div>
        <SaveState state={saving} draft={draft} />
        <span className={styles.undo}>
          <IconButton label="Undo (Ctrl Z)" size="small" isDisabled={!undo.canUndo} onPress={undo.undo}>
            <Undo2 size={16} />
          </IconButton>
          <IconButton label="Redo (Shift Ctrl Z)" size="small" isDisabled={!undo.canRedo} onPress={undo.redo}>
            <Redo2 size={16} />
          </IconButton>
        </span>
        <span className={isTesting ? own.toTest : undefined}>
          <Button icon={<FlaskConical size={15} />} onPress={onTest}>
            {isTesting ? "To the test" : "Test request"}
          </Button>
        </span>
      </header>
    </>
  );
}
