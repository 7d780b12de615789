import { type FieldPath, useFormContext, useFormState, useWatch } from "react-hook-form";
import styles from "../Builder.module.css";
import { FormCheck, FormSelect } from "../components/form";
import { More } from "../components/More";
import { isAboutKey, NO_KEY, rowPhrase } from "../row-words";
import type { QueryRow, Values } from "../values";

const ARRAYS = [
  { id: "repeat", label: "Repeat the key", hint: "a=1&a=2" },
  { id: "comma", label: "With commas", hint: "a=1,2" },
  { id: "brackets", label: "With brackets", hint: "a[]=1&a[]=2" },
];
const NULLS = [
  { id: "omit", label: "Leave it out", hint: "Not even its key is sent" },
  { id: "empty", label: "Send it empty", hint: "a=" },
  { id: "send", label: "Send null", hint: "a=null" },
];

interface ValueOptionsProps {
  name: `query.${number}` | `bodyForm.${number}`;
  /** "parameter 1". */
  which: string;
  /** Its text may look like a key. */
  isPlain?: boolean;
}

/** How a list is written, and nothing. */
export function ValueOptions({ name, which, isPlain = false }: ValueOptionsProps) {
  const { control } = useFormContext<Values>();
  const row = useWatch({ control, name }) as QueryRow;
  const { errors } = useFormState({ control });
  const index = Number(name.split(".")[1]);
  const isTold = isPlain && isAboutKey(errors.query?.[index]?.staticValue?.message);
  const field = (part: "arrays" | "nulls" | "allowPlain") => `${name}.${part}` as FieldPath<Values>;
  return (
    <>
      <More
        title="Several values, or none"
        of={which}
        summary={rowPhrase(row)}
        names={[field("arrays"), field("nulls")]}
      >
        <div className={styles.pair}>
          <FormSelect name={field("arrays")} label="Several values" options={ARRAYS} />
          <FormSelect name={field("nulls")} label="No value" options={NULLS} />
        </div>
      </More>
      {isPlain && (isTold || row.allowPlain) && (
        <FormCheck name={field("allowPlain")} label={`The value of ${which} is no key`} hint={NO_KEY} />
      )}
    </>
  );
}
