import { Button } from "@ui/Button";
import { ProblemNote } from "@ui/States";
import { personName } from "@/app/people";
import styles from "../Builder.module.css";

export interface Found {
  /** Who saved in between, and which parts differ from what is here. */
  by: string;
  parts: readonly string[];
}

interface ConflictProps {
  conflict: Found;
  onOverwrite: () => void;
  onReload: () => void;
}

export function Conflict({ conflict, onOverwrite, onReload }: ConflictProps) {
  const parts = conflict.parts.length > 0 ? ` It differs from yours in: ${conflict.parts.join(", ")}.` : "";
  return (
    <ProblemNote
      tone="warning"
      title={`${personName(conflict.by)} saved this connector in the meantime`}
      detail={`Nothing of yours is lost: it stays here until you decide.${parts}`}
    >
      <span className={styles.choices}>
        <Button size="small" onPress={onOverwrite}>
          Save mine over it
        </Button>
        <Button size="small" onPress={onReload}>
          Drop mine, show theirs
        </Button>
      </span>
    </ProblemNote>
  );
}
