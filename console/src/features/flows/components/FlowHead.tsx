import { Link } from "@tanstack/react-router";
import { Button, IconButton } from "@ui/Button";
import { Crumbs } from "@ui/Crumbs";
import { Status } from "@ui/States";
import { Switch } from "@ui/Switch";
import { TextField } from "@ui/TextField";
import { History, Play, Redo2, Undo2 } from "lucide-react";
import type { Drafting } from "../editor";
import styles from "../Flow.module.css";
import type { Saving } from "../saving";

interface FlowHeadProps {
  drafting: Drafting;
  saving: Saving;
  mayEdit: boolean;
  /** Else there are runs to look at. */
  mayRun: boolean;
  isRunning: boolean;
  onSave: () => void;
  onRun: () => void;
}

export function FlowHead({ drafting, saving, mayEdit, mayRun, isRunning, onSave, onRun }: FlowHeadProps) {
  const { draft, change, isDirty, etag } = drafting;
  const isSaved = etag !== null && !isDirty;
  const word = <Status tone={draft.enabled ? "success" : "neutral"}>{draft.enabled ? "On" : "Off"}</Status>;
  return (
    <header className={styles.head}>
      <h1 className="visually-hidden">{draft.name || "Flow"}</h1>
      <div className={styles.back}>
        <Crumbs>
          <Link to="/tools/flows">Flows</Link>
        </Crumbs>
      </div>
      <div className={styles.naming}>
        {mayEdit ? (
          <TextField
            label="Name of the flow"
            labelHidden
            value={draft.name}
            maxLength={200}
            error={draft.name.trim() === "" ? "A flow needs a name." : undefined}
            onChange={(name) => change((was) => ({ ...was, name }), "name")}
          />
        ) : (
          <span className={styles.name}>{draft.name}</span>
        )}
      </div>
      {mayEdit ? (
        <Switch
          label="The flow is on"
          value={draft.enabled}
          onChange={(enabled) => change((was) => ({ ...was, enabled }))}
        >
          {word}
        </Switch>
      ) : (
        word
      )}
      <span className={styles.space} />
      {mayEdit && <SaveState isBusy={saving.isBusy} isDirty={isDirty} isSaved={isSaved} />}
      {mayEdit && (
        <span className={styles.tools}>
          <IconButton label="Undo" isDisabled={!drafting.canUndo} onPress={drafting.undo}>
            <Undo2 size={16} />
          </IconButton>
          <IconButton label="Redo" isDisabled={!drafting.canRedo} onPress={drafting.redo}>
            <Redo2 size={16} />
          </IconButton>
        </span>
      )}
      {!isRunning && (
        <Button
          icon={mayRun ? <Play size={15} aria-hidden="true" /> : <History size={15} aria-hidden="true" />}
          onPress={onRun}
        >
          {mayRun ? "Run" : "Runs"}
        </Button>
      )}
      {mayEdit && (
        <Button
          variant="primary"
          isPending={saving.isBusy}
          isDisabled={isSaved || draft.steps.length === 0}
          onPress={onSave}
        >
          Save
        </Button>
      )}
    </header>
  );
}

/** What is really so: saved by the engine, or kept in this tab only. */
function SaveState({ isBusy, isDirty, isSaved }: { isBusy: boolean; isDirty: boolean; isSaved: boolean }) {
  if (isBusy) return <Status tone="info">Saving…</Status>;
  if (isDirty)
    return (
      <span title="Kept in this tab until you save. Runs go by what is saved.">
        <Status tone="warning">Not saved yet</Status>
      </span>
    );
  return isSaved ? <Status tone="success">Saved</Status> : null;
}
