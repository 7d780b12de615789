import type { Json } from "@json/exact";
import { Segments } from "@ui/Segments";
import { Select } from "@ui/Select";
import { TextField } from "@ui/TextField";
import { useRef, useState } from "react";
import { inputLabel } from "../ActionPicker/model";
import type { Action, InputField, Variable } from "../data-source";
import { shownValue } from "../fields";
import { holdsVariable } from "../VariableField/template";
import { VariableField } from "../VariableField/VariableField";
import styles from "./ConfigureAction.module.css";
import { FieldRows } from "./FieldRows";
import { controlOf, type Kept, type Mode, modeOf, readJson, readNumber, switched, written } from "./model";

export interface InputProps {
  action: Action;
  name: string;
  field: InputField;
  value: Json | undefined;
  /** undefined: it is not given. */
  onChange: (value: Json | undefined) => void;
  variables: readonly Variable[];
  error: string | undefined;
}

const MODES: readonly { id: Mode; label: string }[] = [
  { id: "variable", label: "Variable" },
  { id: "fixed", label: "Fixed" },
];

/** An input, as a value of its own or with variables; both are kept. */
export function Input(props: InputProps) {
  const { action, name, field, value, onChange, variables, error } = props;
  const [mode, setMode] = useState<Mode>(() => modeOf(value, field));
  const kept = useRef<Kept | undefined>(undefined);
  const control = controlOf(action, name, field);
  const label = inputLabel(name, field);
  if (control === "fields") {
    return (
      <FieldRows
        label={label}
        isUser={name === "userFields"}
        value={value}
        onChange={onChange}
        variables={variables}
        error={error}
      />
    );
  }
  const change = (to: Mode) => {
    const made = switched(value, to, kept.current);
    kept.current = made.kept;
    setMode(to);
    onChange(made.value);
  };
  const isNamed = mode === "fixed" && holdsVariable(value);
  const hint = isNamed ? "What stands in {{…}} is filled in when it runs." : field.description;
  const about = { label, isRequired: field.required ?? false, hint, error };
  return (
    <div className={styles.input}>
      {mode === "variable" ? (
        <VariableField
          {...about}
          hint={field.description ?? "Use variables from previous steps"}
          placeholder={field.placeholder}
          value={typeof value === "string" ? value : ""}
          onChange={(text) => onChange(text === "" ? undefined : text)}
          variables={variables}
          allowsNewlines={control === "json"}
        />
      ) : (
        <Fixed {...props} about={about} />
      )}
      <div className={styles.mode}>
        <Segments label={`How ${label} is given`} options={MODES} value={mode} onChange={change} />
      </div>
    </div>
  );
}

interface About {
  label: string;
  isRequired: boolean;
  hint: string | undefined;
  error: string | undefined;
}

function Fixed({ action, name, field, value, onChange, about }: InputProps & { about: About }) {
  const control = controlOf(action, name, field);
  if (control === "choice" || control === "boolean") {
    const choices: readonly Json[] = control === "boolean" ? [true, false] : (field.enum ?? []);
    const at = choices.findIndex((choice) => written(choice) === written(value));
    return (
      <Select
        {...about}
        options={choices.map((choice, place) => ({ id: String(place), label: choiceLabel(choice) }))}
        value={value === undefined || at < 0 ? null : String(at)}
        onChange={(id) => onChange(choices[Number(id)])}
      />
    );
  }
  const read = control === "number" ? readNumber : control === "json" ? readJson : textOrNone;
  return (
    <FixedText about={about} field={field} control={control} value={value} onChange={onChange} read={read} />
  );
}

interface FixedTextProps {
  about: About;
  field: InputField;
  control: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  read: (text: string) => Json | undefined;
}

/** What is typed stays as it is typed, whatever it is read as. */
function FixedText({ about, field, control, value, onChange, read }: FixedTextProps) {
  const [typed, setTyped] = useState(() => written(value));
  const isSame = written(read(typed)) === written(value);
  return (
    <TextField
      {...about}
      placeholder={field.placeholder ?? ""}
      mono={control !== "text"}
      {...(control === "json" ? { rows: 4 } : {})}
      value={isSame ? typed : written(value)}
      onChange={(text) => {
        setTyped(text);
        onChange(read(text));
      }}
    />
  );
}

const textOrNone = (text: string): Json | undefined => (text === "" ? undefined : text);

const choiceLabel = (choice: Json) =>
  choice === true ? "Yes" : choice === false ? "No" : shownValue(choice);
