import { IconButton } from "@ui/Button";
import { Checkbox } from "@ui/Checkbox";
import { Trash2 } from "lucide-react";
import { useEffect, useMemo } from "react";
import { Controller, useFieldArray, useFormContext, useWatch } from "react-hook-form";
import { FormSelect, FormText } from "../components/form";
import { Section } from "../components/Section";
import { missingInputs, unusedInputs } from "../inputs";
import type { Values } from "../values";
import styles from "./Rows.module.css";

const TYPES = [
  { id: "string", label: "Text" },
  { id: "number", label: "Number" },
  { id: "integer", label: "Whole number" },
  { id: "boolean", label: "Yes or no" },
  { id: "object", label: "Object" },
  { id: "array", label: "List" },
];
const STOPPED_TYPING_MS = 700;

/** What whoever uses the action is asked for: described here once the request uses it. */
export function InputRows() {
  const { control, getValues } = useFormContext<Values>();
  const { fields, append, remove } = useFieldArray({ control, name: "inputs" });
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
          <fieldset className={styles.row} key={field.id} aria-label={`Input ${index + 1}`}>
            <FormText
              name={`inputs.${index}.name`}
              label={`Name of input ${index + 1}`}
              labelHidden
              mono
              hint={unused.has(values.inputs[index]?.name ?? "") ? "The request does not use it." : undefined}
            />
            <FormText
              name={`inputs.${index}.label`}
              label={`Label of input ${index + 1}`}
              labelHidden
              placeholder="Label"
            />
            <FormSelect
              name={`inputs.${index}.type`}
              label={`Type of input ${index + 1}`}
              labelHidden
              options={TYPES}
            />
            <span className={styles.required}>
              <Controller
                control={control}
                name={`inputs.${index}.required`}
                render={({ field: one }) => (
                  <Checkbox
                    label={`Input ${index + 1} is required`}
                    labelHidden
                    value={one.value}
                    onChange={one.onChange}
                  />
                )}
              />
              <span className={styles.onlyNarrow}>Required</span>
            </span>
            <IconButton label={`Remove input ${index + 1}`} onPress={() => remove(index)}>
              <Trash2 size={15} />
            </IconButton>
          </fieldset>
        ))}
      </div>
    </Section>
  );
}
