import type { Json } from "@json/exact";
import { Button } from "@ui/Button";
import { ScrollArea } from "@ui/CodeBlock";
import { ProblemNote, Status } from "@ui/States";
import { useFormContext, useWatch } from "react-hook-form";
import type { SchemaChange } from "@/api/schema";
import type { Values } from "../values";
import { placeWord, useInference, verdictOf } from "./changes";
import styles from "./Panel.module.css";
import { SchemaView } from "./SchemaView";

/** What an output looks like, how that differs from the saved schema, and one press to take it over. */
export function OutputSchema({ output }: { output: Json | undefined }) {
  const { control, setValue } = useFormContext<Values>();
  const saved = useWatch({ control, name: "outputSchema" });
  const { inference, isStale, error, retry } = useInference(output, saved);
  if (error) {
    return (
      <ProblemNote tone="warning" title="There is no schema now" detail={error.message} onRetry={retry} />
    );
  }
  if (!inference) return null;
  const { changes, outputSchema, partial } = inference;
  const verdict = verdictOf(changes);
  const take = () => setValue("outputSchema", outputSchema, { shouldDirty: true });
  return (
    <section className={styles.stack} aria-label="Schema of the output">
      <div className={styles.captionRow}>
        <Status tone={verdict.tone}>{verdict.text}</Status>
        {verdict.tone !== "success" && (
          <Button size="small" onPress={take} isDisabled={isStale}>
            {changes ? "Take over this schema" : "Keep as output schema"}
          </Button>
        )}
      </div>
      {changes && changes.length > 0 && <Changes changes={changes} />}
      {partial && <p className={styles.quiet}>The output is very large: only a part of it was looked at.</p>}
      <SchemaView schema={outputSchema} />
    </section>
  );
}

function Changes({ changes }: { changes: readonly SchemaChange[] }) {
  return (
    <ScrollArea label="Changes against the saved schema">
      <ul className={styles.schema}>
        {changes.map((change) => (
          <li key={change.pointer + change.kind}>
            <code>{placeWord(change.pointer)}</code>
            <span className={styles.quiet}>
              {change.breaking && <strong className={styles.breaks}>Breaks: </strong>}
              {change.detail}
            </span>
          </li>
        ))}
      </ul>
    </ScrollArea>
  );
}
