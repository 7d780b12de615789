import { Button } from "@ui/Button";
import { ProblemNote } from "@ui/States";
import { FileClock } from "lucide-react";
import { ago, exactTime } from "@/app/time";
import styles from "../Builder.module.css";

interface ContinuedProps {
  /** Of its last change; null: it cannot be read. */
  since: Date | null;
  /** What this tab had is older, or another. */
  onEarlier: (() => void) | null;
  onDiscard: () => void;
}

/** The wizard goes on with what was typed elsewhere, or another day. */
export function Continued({ since, onEarlier, onDiscard }: ContinuedProps) {
  return (
    <section className={styles.continued} aria-label="Draft">
      <FileClock size={16} aria-hidden="true" />
      <p>
        {since ? (
          <>
            Continued from your draft of{" "}
            <time dateTime={since.toISOString()} title={exactTime(since)}>
              {ago(since, new Date())}
            </time>
            .
          </>
        ) : (
          "This tab has kept something else that is not saved."
        )}{" "}
        Secrets are never kept in a draft: enter them again.
      </p>
      <span className={styles.choices}>
        {onEarlier && (
          <Button size="small" onPress={onEarlier}>
            Show what this tab had
          </Button>
        )}
        {since && (
          <Button size="small" onPress={onDiscard}>
            Discard draft
          </Button>
        )}
      </span>
    </section>
  );
}

export function DraftsAway({ why }: { why: string }) {
  return (
    <ProblemNote
      tone="warning"
      title="Drafts cannot be read just now"
      detail={`${why} If you have begun elsewhere, it is not shown here. What you type is kept in this tab, and saving works.`}
    />
  );
}

export function ChangedElsewhere({ onKeepMine }: { onKeepMine: () => void }) {
  return (
    <ProblemNote
      tone="warning"
      title="This draft was changed in another tab, or on another machine"
      detail="What you have here stays in this tab until you decide."
    >
      <span className={styles.choices}>
        <Button size="small" onPress={onKeepMine}>
          Keep mine
        </Button>
        <Button size="small" onPress={() => window.location.reload()}>
          Show the other
        </Button>
      </span>
    </ProblemNote>
  );
}
