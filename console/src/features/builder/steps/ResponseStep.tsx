import { type Json, jsonText } from "@json/exact";
import { CodeBlock } from "@ui/CodeBlock";
import { ProblemNote, Status } from "@ui/States";
import { useEffect, useState } from "react";
import { Controller, useFormContext } from "react-hook-form";
import { ApiError } from "@/api/client";
import { Time } from "@/app/Time";
import styles from "../Builder.module.css";
import { Editor } from "../components/Editor";
import { Section } from "../components/Section";
import { MOST_SHOWN } from "../test-panel/model";
import { OutputSchema } from "../test-panel/OutputSchema";
import { usePreview } from "../test-panel/preview";
import { useTrial } from "../test-panel/trial";
import type { Values } from "../values";

export default function ResponseStep() {
  const { control } = useFormContext<Values>();
  const { sample, sampleOf } = useTrial();
  return (
    <Section
      title="Response mapping"
      hint="What flows get of the answer. Without a transformation it is the answer as it comes."
    >
      <Controller
        control={control}
        name="transform"
        render={({ field, fieldState }) => (
          <Transform
            value={field.value}
            onChange={field.onChange}
            told={fieldState.error?.message}
            sample={sample}
            sampleOf={sampleOf}
          />
        )}
      />
    </Section>
  );
}

interface TransformProps {
  value: string;
  onChange: (text: string) => void;
  told: string | undefined;
  sample: Json | undefined;
  sampleOf: string | null;
}

function Transform({ value, onChange, told, sample, sampleOf }: TransformProps) {
  const { caret, foresee, sampleAt } = useTrial();
  const foreseen = usePreview(value, sample);
  const found = foreseen.preview;
  const [good, setGood] = useState<Json | undefined>(undefined);
  const output = found?.success ? (found.output as Json) : undefined;
  useEffect(() => {
    if (output !== undefined) setGood(output);
  }, [output]);
  const { isOfAll } = foreseen;
  // What flows map is known without another test.
  useEffect(() => {
    if (output !== undefined && isOfAll && sampleOf === null) foresee(output);
  });
  const error = found?.error?.message ?? told;
  const shown = output === undefined ? good : output;
  return (
    <>
      <div>
        <span className={styles.caption}>Response transformation (optional, JSONata)</span>
        <Editor
          label="Response transformation"
          language="jsonata"
          value={value}
          onChange={onChange}
          sample={sample}
          {...(caret ? { caret } : {})}
          error={error}
          errorPosition={found?.error?.position}
          placeholder={'{ "identity": identities[0].{ "fullName": firstName & " " & lastName } }'}
          hint={
            sample === undefined
              ? "Test the request first: then names of its answer are completed here."
              : undefined
          }
          minLines={9}
        />
      </div>
      <div>
        <div className={styles.captionRow}>
          <span className={styles.caption}>Transformed output preview</span>
          {sampleAt && !error && (
            <Status tone="neutral">
              <span>
                Of the test <Time at={sampleAt} />
              </span>
            </Status>
          )}
          {sampleOf && !error && <Status tone="neutral">{`Of the example ${sampleOf}`}</Status>}
          {error && shown !== undefined && <Status tone="warning">Of the last expression that worked</Status>}
        </div>
        {foreseen.error && <NoPreview error={foreseen.error} onRetry={foreseen.retry} />}
        {foreseen.isTooLarge && (
          <p className={styles.quiet}>
            The answer is too large for a preview. Test the request to see its output.
          </p>
        )}
        {foreseen.most !== null && (
          <p className={styles.quiet}>
            The answer is large: the preview looks at the first {foreseen.most} of each list. Test the request
            to see all of it.
          </p>
        )}
        {shown === undefined && !foreseen.error && (
          <p className={styles.well}>Appears as soon as there is an answer to transform.</p>
        )}
        {shown !== undefined && (
          <CodeBlock
            label="Transformed output preview"
            text={beginning(jsonText(shown, 2))}
            isStale={Boolean(error)}
          />
        )}
      </div>
      <OutputSchema output={output} />
    </>
  );
}

/** What the server takes for no preview, an executor may transform all the same. */
function NoPreview({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (error instanceof ApiError && error.isNotTaken)
    return (
      <ProblemNote
        tone="warning"
        title="There is no preview of this answer"
        detail={`It ${error.errors[0]?.detail ?? "is nothing that a preview is made of"}. Test the request to see its output.`}
      />
    );
  return (
    <ProblemNote tone="warning" title="There is no preview now" detail={error.message} onRetry={onRetry} />
  );
}

/** Of a text that nobody reads to its end. */
const beginning = (text: string) => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}\n…` : text);
