import { Link } from "@tanstack/react-router";
import { Status } from "@ui/States";
import type { StepView } from "@/api/flows";
import { duration, exactTime } from "@/app/time";
import { ContactLink } from "@/features/contact-names/ContactLink";
import { useEditing } from "../components/context";
import type { Step } from "../steps";
import { nameOf } from "../words";
import {
  errorWords,
  type Hop,
  hopsOf,
  isAwaited,
  isCall,
  keepsNothing,
  type MappedLine,
  mappedLines,
} from "./model";
import styles from "./RunStep.module.css";
import { StepStatus } from "./StepStatus";
import { WaitingHop } from "./WaitingHop";

interface RunStepProps {
  step: StepView;
  /** As the flow has it now; undefined: it has none of this id any more. */
  definition: Step | undefined;
  contactId: string | null;
  isRunOver: boolean;
}

/** A step of a run: what it went through, each hop with its time and where it leads. */
export function RunStep({ step, definition, contactId, isRunOver }: RunStepProps) {
  const { names, mayEdit, open } = useEditing();
  const maps =
    definition?.action === "connector" ? (definition.fieldMappings ?? []).length > 0 : step.update !== null;
  return (
    <li className={styles.step} data-state={step.state}>
      <div className={styles.stepHead}>
        {definition ? (
          <button type="button" className={styles.stepName} onClick={() => open(step.step_id)}>
            {nameOf(definition, names)}
          </button>
        ) : (
          <span className={styles.stepGone}>{step.step_id}, which is gone</span>
        )}
        <StepStatus step={step} definition={definition} isRunOver={isRunOver} />
      </div>
      {step.error && <p className={styles.stepWhy}>{errorWords(step.error)}</p>}
      <ol className={styles.hops}>
        {hopsOf(step, maps, isRunOver).map((hop) => (
          <li key={hop.kind} className={styles.hop}>
            {isCall(step) && isAwaited(hop, step, isRunOver) ? (
              <WaitingHop
                step={step}
                definition={definition}
                name={definition ? nameOf(definition, names) : "its connector"}
              />
            ) : (
              <HopShown hop={hop} step={step} contactId={contactId} />
            )}
          </li>
        ))}
      </ol>
      <Mapped lines={mappedLines(step.update)} />
      {step.state === "succeeded" && step.update === null && keepsNothing(definition) && (
        <p className={styles.keepsNothing}>
          Nothing of its answer was kept: no field of the contact is mapped, and it has no variable.
          {mayEdit && (
            <button type="button" className={styles.choose} onClick={() => open(step.step_id)}>
              Choose what to keep
            </button>
          )}
        </p>
      )}
    </li>
  );
}

function HopShown({ hop, step, contactId }: { hop: Hop; step: StepView; contactId: string | null }) {
  return (
    <>
      <Status tone={hop.tone}>
        <HopWord hop={hop} step={step} contactId={contactId} />
      </Status>
      <span className={styles.took} title={hop.at ? exactTime(new Date(hop.at)) : undefined}>
        {hop.after === null ? "" : `+${duration(hop.after)}`}
      </span>
      {hop.detail && <span className={styles.hopDetail}>{hop.detail}</span>}
    </>
  );
}

function HopWord({ hop, step, contactId }: { hop: Hop; step: StepView; contactId: string | null }) {
  const contact = typeof step.update?.contactId === "string" ? step.update.contactId : contactId;
  if ((hop.kind === "asked" || hop.kind === "answered") && hop.at && step.execution_id) {
    return (
      <Link to="/tools/executions/$id" params={{ id: step.execution_id }} className={styles.hopLink}>
        {hop.word}
      </Link>
    );
  }
  if (hop.kind === "contact" && hop.at && contact) {
    return (
      <ContactLink id={contact} className={styles.hopLink}>
        {hop.word}
      </ContactLink>
    );
  }
  return <span>{hop.word}</span>;
}

/** Field by field: what it held, and holds since. */
function Mapped({ lines }: { lines: readonly MappedLine[] }) {
  if (lines.length === 0) return null;
  return (
    <dl className={styles.mapped} aria-label="What became of the fields">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they never move
        <div key={index} className={styles.mappedLine}>
          <dt>{line.field}</dt>
          <dd>
            {line.outcome === "written" ? (
              <>
                <del>{line.before ?? "empty"}</del> → <ins>{line.after ?? "empty"}</ins>
              </>
            ) : (
              <span className={styles.quiet}>
                {line.outcome}
                {line.detail && `: ${line.detail}`}
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
