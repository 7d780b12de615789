import { Button, IconButton } from "@ui/Button";
import { Plus, Trash2 } from "lucide-react";
import { useFormContext, useFormState, useWatch } from "react-hook-form";
import { FormCheck, FormSelect, FormText } from "../components/form";
import { SecretField } from "../components/SecretField";
import { Section } from "../components/Section";
import { isAboutKey, NO_KEY } from "../row-words";
import { emptyHeader } from "../rows";
import type { Values } from "../values";
import styles from "./Rows.module.css";
import { useRows } from "./use-rows";

const SOURCES = [
  { id: "static", label: "Text", hint: "May hold {{input.name}}" },
  { id: "secret", label: "Secret", hint: "Encrypted, never shown again" },
];

export function HeaderRows() {
  const { fields, append, remove, place } = useRows("headers");
  return (
    <Section
      ref={place}
      title="Headers"
      actions={
        <Button size="small" data-adds icon={<Plus size={14} />} onPress={() => append(emptyHeader())}>
          Add header
        </Button>
      }
    >
      {fields.length > 0 && (
        <div className={styles.rows} data-kind="headers">
          <div className={styles.rowHead} aria-hidden="true">
            <span>Key</span>
            <span>Kind</span>
            <span>Value</span>
            <span />
          </div>
          {fields.map((field, index) => (
            <HeaderRow key={field.id} index={index} onRemove={() => remove(index)} />
          ))}
        </div>
      )}
    </Section>
  );
}

function HeaderRow({ index, onRemove }: { index: number; onRemove: () => void }) {
  const { control } = useFormContext<Values>();
  const source = useWatch({ control, name: `headers.${index}.source` });
  const which = `header ${index + 1}`;
  return (
    <fieldset className={styles.row} aria-label={`Header ${index + 1}`}>
      <FormText
        name={`headers.${index}.key`}
        label={`Key of ${which}`}
        labelHidden
        mono
        placeholder="X-Version"
      />
      <FormSelect name={`headers.${index}.source`} label={`Kind of ${which}`} labelHidden options={SOURCES} />
      {source === "static" ? (
        <FormText
          name={`headers.${index}.value`}
          label={`Value of ${which}`}
          labelHidden
          mono
          placeholder="value"
        />
      ) : (
        <SecretField name={`headers.${index}.secret`} label={`Secret of ${which}`} labelHidden />
      )}
      <IconButton data-removes label={`Remove ${which}`} onPress={onRemove}>
        <Trash2 size={15} />
      </IconButton>
      <PlainHeader index={index} which={which} isShown={source === "static"} />
    </fieldset>
  );
}

/** Asked where the server takes the value for a key. */
function PlainHeader({ index, which, isShown }: { index: number; which: string; isShown: boolean }) {
  const { control } = useFormContext<Values>();
  const { errors } = useFormState({ control });
  const isAllowed = useWatch({ control, name: `headers.${index}.allowPlain` });
  const isTold = isAboutKey(errors.headers?.[index]?.value?.message);
  if (!isShown || !(isAllowed || isTold)) return null;
  return (
    <div className={styles.options}>
      <FormCheck
        name={`headers.${index}.allowPlain`}
        label={`The value of ${which} is no key`}
        hint={NO_KEY}
      />
    </div>
  );
}
