import { Button, IconButton } from "@ui/Button";
import { Segments } from "@ui/Segments";
import { Plus, Trash2 } from "lucide-react";
import { Controller, useFormContext, useFormState, useWatch } from "react-hook-form";
import type { BodyKindView } from "@/api/schema";
import builder from "../Builder.module.css";
import { Editor } from "../components/Editor";
import { FormCheck, FormText } from "../components/form";
import { Section } from "../components/Section";
import { isAboutKey, NO_KEY } from "../row-words";
import { emptyForm } from "../rows";
import type { BodyType, Values } from "../values";
import styles from "./Rows.module.css";
import { useRows } from "./use-rows";
import { ValueOptions } from "./ValueOptions";

const TITLES: readonly { id: BodyType; label: string }[] = [
  { id: "none", label: "None" },
  { id: "json", label: "JSON" },
  { id: "form", label: "Form data" },
  { id: "raw", label: "Raw" },
];

export function BodyFields({ kinds }: { kinds: readonly BodyKindView[] }) {
  const { control } = useFormContext<Values>();
  const bodyType = useWatch({ control, name: "bodyType" });
  const described = kinds.find((kind) => kind.type === bodyType);
  return (
    <Section
      title="Request body"
      hint={described ? `${described.description} Sent as ${described.content_type}.` : undefined}
    >
      <Controller
        control={control}
        name="bodyType"
        render={({ field }) => (
          <Segments label="Body type" value={field.value} onChange={field.onChange} options={TITLES} />
        )}
      />
      {bodyType === "json" && <Text name="bodyJson" language="json" />}
      {bodyType === "raw" && <Text name="bodyRaw" language="text" />}
      {bodyType === "form" && <FormRows />}
      <PlainBody />
    </Section>
  );
}

function Text({ name, language }: { name: "bodyJson" | "bodyRaw"; language: "json" | "text" }) {
  const { control } = useFormContext<Values>();
  // What the server says of a body has one place, whichever kind it is.
  const { errors } = useFormState({ control });
  const told = (errors as Record<string, { message?: string } | undefined>).body?.message;
  return (
    <Controller
      control={control}
      name={name}
      render={({ field }) => (
        <Editor
          label="Request body"
          language={language}
          value={field.value}
          onChange={field.onChange}
          error={told}
          hint='"{{input.name}}" stands for an input, and keeps its type when it stands alone.'
          minLines={7}
        />
      )}
    />
  );
}

interface Told {
  message?: string;
}

/** Asked where the server takes a text of the body for a key. */
function PlainBody() {
  const { control } = useFormContext<Values>();
  const { errors } = useFormState({ control });
  const isAllowed = useWatch({ control, name: "allowPlainBody" });
  const told = errors as { body?: Told; bodyForm?: Partial<Record<number, { value?: Told }>> };
  const rows = Object.values(told.bodyForm ?? {});
  const isTold = [told.body, ...rows.map((row) => row?.value)].some((one) => isAboutKey(one?.message));
  if (!isAllowed && !isTold) return null;
  return <FormCheck name="allowPlainBody" label="Nothing in the body is a key" hint={NO_KEY} />;
}

function FormRows() {
  const { fields, append, remove, place } = useRows("bodyForm");
  return (
    <div ref={place} className={builder.stack}>
      {fields.length > 0 && (
        <div className={styles.rows} data-kind="form">
          {fields.map((field, index) => (
            <fieldset className={styles.row} key={field.id} aria-label={`Form field ${index + 1}`}>
              <FormText
                name={`bodyForm.${index}.key`}
                label={`Key of field ${index + 1}`}
                labelHidden
                mono
                placeholder="name"
              />
              <FormText
                name={`bodyForm.${index}.value`}
                label={`Value of field ${index + 1}`}
                labelHidden
                mono
                placeholder="{{input.name}}"
              />
              <IconButton data-removes label={`Remove field ${index + 1}`} onPress={() => remove(index)}>
                <Trash2 size={15} />
              </IconButton>
              <div className={styles.options}>
                <ValueOptions name={`bodyForm.${index}`} which={`field ${index + 1}`} />
              </div>
            </fieldset>
          ))}
        </div>
      )}
      <div>
        <Button size="small" data-adds icon={<Plus size={14} />} onPress={() => append(emptyForm())}>
          Add field
        </Button>
      </div>
    </div>
  );
}
