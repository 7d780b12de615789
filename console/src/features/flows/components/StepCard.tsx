import { IconButton } from "@ui/Button";
import { MenuItem, MenuSeparator, MoreMenu } from "@ui/Menu";
import { ArrowDown, ArrowUp, CopyPlus, MoreHorizontal, Move, Trash2 } from "lucide-react";
import type { KeyboardEvent } from "react";
import { Button } from "react-aria-components";
import type { StepView } from "@/api/flows";
import { duration } from "@/app/time";
import { shortly } from "../problems";
import { between } from "../runs/model";
import { StepStatus } from "../runs/StepStatus";
import type { Step } from "../steps";
import { knownOf, summary } from "../words";
import { useEditing } from "./context";
import styles from "./Steps.module.css";

/** A step, in the list and on the canvas. Alt with an arrow moves it, Delete takes it away. */
export function StepCard({ step }: { step: Step }) {
  const { names, mayEdit, problems, run, open, move, remove } = useEditing();
  const { name, icon } = knownOf(step, names);
  const wrong = problems.get(step.id) ?? [];
  const ran = run?.get(step.id);
  const keys = (event: KeyboardEvent) => {
    if (!mayEdit) return;
    if (event.altKey && event.key === "ArrowUp") move(step.id, "up");
    else if (event.altKey && event.key === "ArrowDown") move(step.id, "down");
    else if (event.key === "Delete") remove(step.id);
    else return;
    event.preventDefault();
  };
  return (
    <div
      className={styles.card}
      data-step={step.id}
      data-wrong={wrong.length > 0 || undefined}
      data-state={ran?.state}
    >
      <span className={styles.icon} aria-hidden="true">
        {icon?.trim() ? icon : name.charAt(0).toUpperCase()}
      </span>
      <div className={styles.main}>
        <Button className={`${styles.title} nodrag`} onPress={() => open(step.id)} onKeyDown={keys}>
          {name}
        </Button>
        <span className={styles.about} data-about title={summary(step)}>
          {summary(step)}
        </span>
        {wrong[0] && (
          <span className={styles.wrong} title={wrong.map(shortly).join("\n")}>
            {shortly(wrong[0])}
            {wrong.length > 1 && ` And ${wrong.length - 1} more.`}
          </span>
        )}
      </div>
      {run && <RunMark ran={ran} step={step} />}
      {mayEdit && <CardActions step={step} name={name} />}
    </div>
  );
}

function CardActions({ step, name }: { step: Step; name: string }) {
  const { canMove, move, pickPlace, duplicate, remove } = useEditing();
  const act = (id: string) => {
    if (id === "move") pickPlace(step.id);
    else if (id === "duplicate") duplicate(step.id);
    else remove(step.id);
  };
  return (
    <div className={`${styles.actions} nodrag`}>
      <IconButton
        label={`Move ${name} up`}
        size="small"
        isDisabled={!canMove(step.id, "up")}
        onPress={() => move(step.id, "up")}
      >
        <ArrowUp size={15} />
      </IconButton>
      <IconButton
        label={`Move ${name} down`}
        size="small"
        isDisabled={!canMove(step.id, "down")}
        onPress={() => move(step.id, "down")}
      >
        <ArrowDown size={15} />
      </IconButton>
      <MoreMenu label={`More for ${name}`} icon={<MoreHorizontal size={16} />} onAction={act}>
        <MenuItem id="move" textValue="Move to another place">
          <Move size={15} aria-hidden="true" />
          Move to another place
        </MenuItem>
        <MenuItem id="duplicate" textValue="Duplicate">
          <CopyPlus size={15} aria-hidden="true" />
          Duplicate
        </MenuItem>
        <MenuSeparator />
        <MenuItem id="remove" textValue="Remove" tone="danger">
          <Trash2 size={15} aria-hidden="true" />
          Remove
        </MenuItem>
      </MoreMenu>
    </div>
  );
}

function RunMark({ ran, step }: { ran: StepView | undefined; step: Step }) {
  if (!ran)
    return (
      <span className={styles.mark} data-mark>
        Not reached
      </span>
    );
  const took = between(ran.started_at, ran.ended_at);
  return (
    <span className={styles.mark} data-mark>
      <StepStatus step={ran} definition={step} />
      {took !== null && <span className={styles.took}>{duration(took)}</span>}
    </span>
  );
}
