import { Button, IconButton } from "@ui/Button";
import { Plus, Trash2 } from "lucide-react";
import { useFormContext, useWatch } from "react-hook-form";
import { FormCheck, FormSelect, FormText } from "../components/form";
import { SecretField } from "../components/SecretField";
import { Section } from "../components/Section";
import { emptyQuery, nameFor } from "../rows";
import { textIn } from "../test-panel/inputs";
import { useTrial } from "../test-panel/trial";
import { wholeInput } from "../url-query";
import type { Values } from "../values";
import { useNeed } from "./need";
import styles from "./Rows.module.css";
import { useRows } from "./use-rows";
import { ValueOptions } from "./ValueOptions";

const SOURCES = [
  { id: "input", label: "User input", hint: "Whoever uses the action fills it in" },
  { id: "static", label: "Static", hint: "The same in every call" },
  { id: "secret", label: "Secret", hint: "Encrypted, never shown again" },
];

export function QueryRows() {
  const { fields, append, remove, place } = useRows("query");
  return (
    <Section
      ref={place}
      title="Query parameters"
      hint="Static values are the same for everybody. User inputs are asked for where a flow uses the connector."
      actions={
        <Button size="small" data-adds icon={<Plus size={14} />} onPress={() => append(emptyQuery())}>
          Add parameter
        </Button>
      }
    >
      {fields.length > 0 && (
        <div className={styles.rows} data-kind="query">
          <div className={styles.rowHead} aria-hidden="true">
            <span>Key</span>
            <span>Value source</span>
            <span>Value, or name of the input</span>
            <span>Required</span>
            <span />
          </div>
          {fields.map((field, index) => (
            <QueryRow key={field.id} index={index} onRemove={() => remove(index)} />
          ))}
        </div>
      )}
    </Section>
  );
}

function QueryRow({ index, onRemove }: { index: number; onRemove: () => void }) {
  const { control, getValues, setValue } = useFormContext<Values>();
  const source = useWatch({ control, name: `query.${index}.source` });
  const { inputs, setInput } = useTrial();
  const need = useNeed();
  const which = `parameter ${index + 1}`;
  return (
    <fieldset className={styles.row} aria-label={`Query ${which}`}>
      <FormText name={`query.${index}.key`} label={`Key of ${which}`} labelHidden mono placeholder="phone" />
      <FormSelect
        name={`query.${index}.source`}
        label={`Value source of ${which}`}
        labelHidden
        options={SOURCES}
        onChosen={(chosen) => {
          const row = getValues(`query.${index}`);
          if (chosen !== "input" || row.inputField.trim() !== "") return;
          const text = row.staticValue;
          const name = wholeInput(text) ?? nameFor(row.key);
          setValue(`query.${index}.inputField`, name);
          if (text === "") return;
          // The API got a value each time, and this one is to try it with, unless it is made of inputs itself.
          setValue(`query.${index}.required`, true);
          need(name, true);
          if (!text.includes("{{") && textIn(inputs, name) === "") setInput(name, text);
        }}
      />
      {source === "input" && (
        <FormText
          name={`query.${index}.inputField`}
          label={`Input of ${which}`}
          labelHidden
          mono
          placeholder="phoneNumber"
        />
      )}
      {source === "static" && (
        <FormText
          name={`query.${index}.staticValue`}
          label={`Value of ${which}`}
          labelHidden
          mono
          placeholder="value"
        />
      )}
      {source === "secret" && (
        <SecretField name={`query.${index}.secret`} label={`Secret of ${which}`} labelHidden />
      )}
      <span className={styles.required}>
        {source === "input" && (
          <>
            <FormCheck
              name={`query.${index}.required`}
              label={`${which} is required`}
              labelHidden
              onChosen={(isNeeded) => need(getValues(`query.${index}.inputField`), isNeeded)}
            />
            <span className={styles.onlyNarrow}>Required</span>
          </>
        )}
      </span>
      <IconButton data-removes label={`Remove ${which}`} onPress={onRemove}>
        <Trash2 size={15} />
      </IconButton>
      {source !== "secret" && (
        <div className={styles.options}>
          <ValueOptions name={`query.${index}`} which={which} isPlain={source === "static"} />
        </div>
      )}
    </fieldset>
  );
}
