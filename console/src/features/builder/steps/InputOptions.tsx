import { Button } from "@ui/Button";
import { Select } from "@ui/Select";
import { Plus } from "lucide-react";
import { Controller, useFormContext } from "react-hook-form";
import styles from "../Builder.module.css";
import { FormNumber, FormText } from "../components/form";
import { More } from "../components/More";
import { ANY, FORMATS, rulesPhrase } from "../row-words";
import { emptyInput } from "../rows";
import type { InputRow, Values } from "../values";
import { InputRowFields } from "./InputRowFields";
import rows from "./Rows.module.css";
import { useRows } from "./use-rows";
import { type InputName, partOf, within } from "./within";

interface OptionsProps {
  name: InputName;
  row: InputRow;
  which: string;
}

const TEXTS = ["placeholder", "description", "default", "enum"] as const;
const RULES = [
  ...["format", "pattern", "minimum", "maximum"],
  ...["minLength", "maxLength", "minItems", "maxItems", "properties", "items"],
];

/** What else may be said of an input: how it is shown, what it may be, what it is made of. */
export function InputOptions(props: OptionsProps) {
  const { name, row, which } = props;
  const field = (part: keyof InputRow) => within(name, part);
  const isText = row.type === "string";
  return (
    <More
      title={
        row.type === "object"
          ? "Fields and rules"
          : row.type === "array"
            ? "Items and rules"
            : "Help and rules"
      }
      of={which}
      summary={rulesPhrase(row)}
      names={[...TEXTS, ...RULES].map((part) => `${name}.${part}`)}
    >
      <div className={styles.stack}>
        <div className={styles.pair}>
          <FormText name={field("description")} label="Help beside the field" maxLength={2000} />
          <FormText name={field("placeholder")} label="Example in the empty field" maxLength={200} />
          <FormText
            name={field("default")}
            label="Used when nothing is given"
            mono={!isText}
            placeholder={isText ? "Nothing" : `As JSON: ${row.type}`}
          />
          {row.type !== "boolean" && (
            <FormText
              name={field("enum")}
              label="Only one of these"
              rows={2}
              mono={!isText}
              placeholder="Anything"
              hint={isText ? "One on each line." : "One on each line, as JSON."}
            />
          )}
          <Rules {...props} />
        </div>
        {row.type === "object" && <Fields {...props} />}
        {row.type === "array" && <Item {...props} />}
      </div>
    </More>
  );
}

function Rules({ name, row }: OptionsProps) {
  const field = (part: keyof InputRow) => within(name, part);
  if (row.type === "string") {
    return (
      <>
        <Format name={name} />
        <FormText
          name={field("pattern")}
          label="Pattern"
          mono
          placeholder="[A-Z]{2}[0-9]+"
          hint="A regular expression (RE2) that fits the whole text."
        />
        <Range least={field("minLength")} most={field("maxLength")} what="characters" />
      </>
    );
  }
  if (row.type === "array") return <Range least={field("minItems")} most={field("maxItems")} what="items" />;
  if (row.type !== "number" && row.type !== "integer") return null;
  // Texts: a number field would round what has many digits.
  return (
    <>
      <FormText name={field("minimum")} label="At least" mono placeholder="No limit" />
      <FormText name={field("maximum")} label="At most" mono placeholder="No limit" />
    </>
  );
}

function Range({
  least,
  most,
  what,
}: {
  least: ReturnType<typeof within>;
  most: ReturnType<typeof within>;
  what: string;
}) {
  return (
    <>
      <FormNumber name={least} label="At least" unit={what} placeholder="No limit" minValue={0} />
      <FormNumber name={most} label="At most" unit={what} placeholder="No limit" minValue={0} />
    </>
  );
}

function Format({ name }: { name: InputName }) {
  const { control } = useFormContext<Values>();
  return (
    <Controller
      control={control}
      name={within(name, "format")}
      render={({ field, fieldState }) => (
        <Select
          label="Kind of text"
          options={FORMATS}
          value={String(field.value ?? "") || ANY}
          onChange={(id) => field.onChange(id === ANY ? "" : id)}
          inputRef={field.ref}
          error={fieldState.error?.message}
        />
      )}
    />
  );
}

function Fields({ name, which }: OptionsProps) {
  const { fields, append, remove, place } = useRows(`${name}.properties` as "inputs");
  return (
    <div ref={place} className={rows.nested}>
      {fields.length > 0 && (
        <div className={rows.rows} data-kind="inputs">
          {fields.map((field, index) => (
            <InputRowFields
              key={field.id}
              name={partOf(name, "properties", index)}
              which={`field ${index + 1} of ${which}`}
              onRemove={() => remove(index)}
            />
          ))}
        </div>
      )}
      <div>
        <Button size="small" data-adds icon={<Plus size={14} />} onPress={() => append(emptyInput())}>
          Add a field to {which}
        </Button>
      </div>
    </div>
  );
}

function Item({ name, which }: OptionsProps) {
  const { fields, append, remove, place } = useRows(`${name}.items` as "inputs");
  return (
    <div ref={place} className={rows.nested}>
      {fields.length > 0 && (
        <div className={rows.rows} data-kind="inputs">
          <InputRowFields name={partOf(name, "items", 0)} which={`each item of ${which}`} />
        </div>
      )}
      <div>
        {fields.length > 0 ? (
          <Button size="small" onPress={() => remove(0)}>
            Items of {which} may be anything
          </Button>
        ) : (
          <Button size="small" data-adds icon={<Plus size={14} />} onPress={() => append(emptyInput())}>
            Say what each item of {which} is
          </Button>
        )}
      </div>
    </div>
  );
}
