import { IconButton } from "@ui/Button";
import { Trash2 } from "lucide-react";
import { useWatch } from "react-hook-form";
import { FormCheck, FormSelect, FormText } from "../components/form";
import type { InputRow } from "../values";
import { InputOptions } from "./InputOptions";
import { useNeed } from "./need";
import styles from "./Rows.module.css";
import { type InputName, within } from "./within";

const TYPES = [
  { id: "string", label: "Text" },
  { id: "number", label: "Number" },
  { id: "integer", label: "Whole number" },
  { id: "boolean", label: "Yes or no" },
  { id: "object", label: "Object" },
  { id: "array", label: "List" },
];

interface InputRowProps {
  name: InputName;
  /** "input 1", "field 2 of input 1", "each item of input 1". */
  which: string;
  hint?: string | undefined;
  /** Without it the row is what each item of a list is: it has no name, and does not go alone. */
  onRemove?: () => void;
}

/** An input, or a part of one, with all that may be said of it. */
export function InputRowFields({ name, which, hint, onRemove }: InputRowProps) {
  const row = useWatch({ name }) as InputRow | undefined;
  const need = useNeed();
  if (!row) return null;
  return (
    <fieldset className={styles.row} aria-label={capital(which)}>
      {onRemove ? (
        <FormText name={within(name, "name")} label={`Name of ${which}`} labelHidden mono hint={hint} />
      ) : (
        <span className={styles.each}>Each item is</span>
      )}
      <FormText name={within(name, "label")} label={`Label of ${which}`} labelHidden placeholder="Label" />
      <FormSelect name={within(name, "type")} label={`Type of ${which}`} labelHidden options={TYPES} />
      <span className={styles.required}>
        {onRemove && (
          <>
            <FormCheck
              name={within(name, "required")}
              label={`${capital(which)} is required`}
              labelHidden
              {...(isWhole(name) ? { onChosen: (isNeeded: boolean) => need(row.name, isNeeded) } : {})}
            />
            <span className={styles.onlyNarrow}>Required</span>
          </>
        )}
      </span>
      {onRemove ? (
        <IconButton data-removes label={`Remove ${which}`} onPress={onRemove}>
          <Trash2 size={15} />
        </IconButton>
      ) : (
        <span />
      )}
      <div className={styles.options}>
        <InputOptions name={name} row={row} which={which} />
      </div>
    </fieldset>
  );
}

/** No part of another input. */
const isWhole = (name: InputName) => /^inputs\.\d+$/.test(name);

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
