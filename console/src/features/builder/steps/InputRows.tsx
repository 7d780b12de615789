import { useEffect, useMemo, useRef } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import { Section } from "../components/Section";
import { leftOver, missingInputs, unusedInputs } from "../inputs";
import type { Values } from "../values";
import { InputRowFields } from "./InputRowFields";
import styles from "./Rows.module.css";
import { useRows } from "./use-rows";

const STOPPED_TYPING_MS = 700;

/** What whoever uses the action is asked for: described here once the request uses it. */
export function InputRows() {
  const { control, getValues } = useFormContext<Values>();
  const { fields, append, remove, drop, place } = useRows("inputs");
  const added = useRef(new Set<string>());
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
    const typing = setTimeout(() => {
      const now = getValues();
      // What a name was before it was typed to its end.
      const over = leftOver(now, added.current);
      for (const index of over.toReversed()) drop(index);
      const rows = missingInputs(now);
      for (const { name } of rows) added.current.add(name);
      append(rows, { shouldFocus: false });
    }, STOPPED_TYPING_MS);
    return () => clearTimeout(typing);
  }, [missing, append, drop, getValues]);
  if (fields.length === 0) return null;
  return (
    <Section
      ref={place}
      title="Inputs"
      hint="How a flow asks for them. An input that the request uses appears here by itself."
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
