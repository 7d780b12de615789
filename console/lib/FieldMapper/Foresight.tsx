import { ProblemNote, Status } from "@ui/States";
import { ContactPicker } from "../ContactPicker";
import type { MappingPreview } from "../data-source";
import { traceOf } from "../loading";
import styles from "./FieldMapper.module.css";
import { summary, whyNothing } from "./model";
import type { Foreseen } from "./preview";

interface ForesightProps {
  preview: Foreseen;
  hasSample: boolean;
  contactId: string | null;
  onContactChange: ((contactId: string | null) => void) | undefined;
}

/** Whom it is tried on, and what would become of them. Nothing is written. */
export function Foresight({ preview, hasSample, contactId, onContactChange }: ForesightProps) {
  return (
    <div className={styles.foresight}>
      <div className={styles.whom}>
        {onContactChange && (
          <ContactPicker
            label="Try it on"
            contactId={contactId}
            onChange={onContactChange}
            nobody="Whoever the response names"
          />
        )}
        <div className={styles.told} aria-live="polite">
          {told(preview, hasSample)}
        </div>
      </div>
      {preview.error && (
        <ProblemNote
          title="What it would do is not known"
          detail={preview.error.message}
          traceId={traceOf(preview.error)}
          onRetry={preview.retry}
        />
      )}
    </div>
  );
}

function told(preview: Foreseen, hasSample: boolean) {
  if (!hasSample)
    return (
      <span className={styles.quiet}>
        Needs an answer to try: test the connector, run the flow once, or paste one below.
      </span>
    );
  if (preview.isTooLarge)
    return (
      <span className={styles.quiet}>
        The answer is too large to be tried here; paste the part that is mapped.
      </span>
    );
  if (preview.error) return null;
  const { data } = preview;
  if (!data)
    return (
      <span className={styles.quiet}>
        {preview.isLoading ? "Looking…" : "What would change stands here as soon as something is mapped."}
      </span>
    );
  if (data.setAside)
    return <Status tone="danger">{`Set aside, and nothing written: ${whyNothing(data) ?? ""}`}</Status>;
  const why = whyNothing(data);
  if (why) return <Status tone="warning">{`Nothing would be written: ${why}`}</Status>;
  return (
    <Status tone={toneOf(data)}>
      {data.created ? `A new contact would be made: ${summary(data)}` : summary(data)}
    </Status>
  );
}

function toneOf({ mappings, created }: MappingPreview) {
  if (mappings.some((line) => line.outcome === "refused")) return "warning";
  return created ? "info" : "success";
}
