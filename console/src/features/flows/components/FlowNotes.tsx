import { Button } from "@ui/Button";
import { ProblemNote } from "@ui/States";
import { MapPin } from "lucide-react";
import { personName } from "@/app/people";
import type { Steps } from "../editing";
import styles from "../Flow.module.css";
import { sentence, type Told } from "../problems";
import type { Saving } from "../saving";

interface FlowNotesProps {
  steps: Steps;
  saving: Saving;
  problems: readonly Told[];
}

/** What concerns the whole flow. What concerns a step stands at the step. */
export function FlowNotes({ steps, saving, problems }: FlowNotesProps) {
  const { conflict, failure } = saving;
  return (
    <>
      {steps.placing !== null && (
        <div className={styles.placing} role="status">
          <MapPin size={16} aria-hidden="true" />
          <span>
            Choose where <strong>{steps.placing}</strong> goes.
          </span>
          <Button size="small" onPress={() => steps.begin(null)}>
            Cancel
          </Button>
        </div>
      )}
      {conflict && (
        <ProblemNote
          tone="warning"
          title={`${personName(conflict.by)} saved this flow in the meantime`}
          detail={`Nothing of yours is lost: it stays here until you decide. Theirs, compared with yours: ${
            conflict.parts.join("; ") || "the same"
          }.`}
        >
          <span className={styles.choices}>
            <Button size="small" onPress={saving.overwrite}>
              Save mine over it
            </Button>
            <Button size="small" onPress={saving.reload}>
              Drop mine, show theirs
            </Button>
          </span>
        </ProblemNote>
      )}
      {failure && <ProblemNote {...failure} />}
      {problems.map(({ pointer, detail }) => (
        <ProblemNote key={pointer + detail} title={sentence(detail)} />
      ))}
    </>
  );
}
