import { useEffect, useMemo } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import { Section } from "../components/Section";
import { missingInputs, unusedInputs } from "../inputs";
import type { Values } from "../values";
import { InputRowFields } from "./InputRowFields";
import styles from "./Rows.module.css";
import { useRows } from "./use-rows";

const STOPPED_TYPING_MS = 700;

/** What whoever uses the action is asked for: described here once the request uses it. */
export function InputRows() {
  const { control, getValues } = useFormContext<Values>();
  const { fields, append, remove, place } = useRows("inputs");
  const values = useWatch({ control }) as Values;
  const missing = useMemo(
    () =>
      missingInputs(values)
        .map((row) => row.name)
        .join(" "),
    [values],
  );
  const unused = useMemo(() => new Set(unusedInputs(values)), [values]);
  useEffect(() => {
    if (missing === "") return;
    const typing = setTimeout(
      () => append(missingInputs(getValues()), { shouldFocus: false }),
      STOPPED_TYPING_MS,
    );
    return () => clearTimeout(typing);
  }, [missing, append, getValues]);
  if (fields.length === 0) return null;
  return (
    <Section
      ref={place}
      title="Inputs"
      hint="How Flow Builder asks for them. An input that the request uses appears here by itself."
    >
      <div className={styles.rows} data-kind="inputs">
        <div className={styles.rowHead} aria-hidden="true">
          <span>Name</span>
          <span>Label</span>
          <span>Type</span>
          <span>Required</span>
          <span />
        </div>
        {fields.map((field, index) => (
          <InputRowFields
            key={field.id}
            name={`inputs.${index}`}
            which={`input ${index + 1}`}
            hint={unused.has(values.inputs[index]?.name ?? "") ? "The request does not use it." : undefined}
            onRemove={() => remove(index)}
          />
        ))}
      </div>
    </Section>
  );
}
