import { isObject, type Json, jsonText } from "@json/exact";
import { Button, IconButton } from "@ui/Button";
import { ComboBox } from "@ui/ComboBox";
import fieldStyles from "@ui/Field.module.css";
import { useKeptFocus } from "@ui/kept-focus";
import { Plus, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import type { Variable } from "../data-source";
import { targetGroups, targetOf } from "../FieldMapper/model";
import { useRowIds } from "../FieldMapper/rows";
import { fieldLabel, USER_FIELDS } from "../fields";
import { useLoaded } from "../loading";
import { useSource } from "../provider";
import { VariableField } from "../VariableField/VariableField";
import styles from "./ConfigureAction.module.css";
import { written } from "./model";

interface FieldRowsProps {
  label: string;
  /** The fields that every contact has; else the workspace's own. */
  isUser: boolean;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  variables: readonly Variable[];
  error: string | undefined;
}

type Row = readonly [string, Json];

/** Fields of a contact, and what is written to each. */
export function FieldRows({ label, isUser, value, onChange, variables, error }: FieldRowsProps) {
  const source = useSource();
  const custom = useLoaded(isUser ? null : "custom", (signal) => source.customFields(signal));
  const [rows, setRows] = useRows(value, onChange);
  const ids = useRowIds(rows.length);
  const { place: all, leaving } = useKeptFocus<HTMLElement>();
  const change = (place: number, row: Row) => setRows(rows.map((each, at) => (at === place ? row : each)));
  const choices = (text: string, name: string) => {
    const others = new Set(rows.map(([each]) => each).filter((each) => each !== name));
    return targetGroups(text, custom.data ?? [])
      .filter((group) => (group.id === "user") === isUser)
      .map((group) => ({
        ...group,
        choices: group.choices.filter((choice) => !others.has(targetOf(choice.id).targetField)),
      }));
  };
  return (
    <section ref={all} className={styles.fieldRows} aria-label={label}>
      <h3>{label}</h3>
      {rows.map(([name, held], place) => (
        <fieldset className={styles.fieldRow} key={ids.ids[place]} aria-label={`${label}, row ${place + 1}`}>
          <FieldName
            label={`Field of row ${place + 1}`}
            name={name}
            isUser={isUser}
            groups={(text) => choices(text, name)}
            onChange={(made) => change(place, [made, held])}
          />
          <VariableField
            label={`Value of row ${place + 1}`}
            labelHidden
            placeholder="A value, or {{ for a variable"
            value={written(held)}
            onChange={(text) => change(place, [name, text])}
            variables={variables}
          />
          <IconButton
            label={`Remove row ${place + 1}`}
            size="small"
            data-removes
            onPress={() => {
              leaving(place);
              ids.remove(place);
              setRows(rows.filter((_, at) => at !== place));
            }}
          >
            <Trash2 size={15} />
          </IconButton>
        </fieldset>
      ))}
      {error && (
        <p className={fieldStyles.error} role="alert">
          {error}
        </p>
      )}
      <div>
        <Button size="small" data-adds icon={<Plus size={15} />} onPress={() => setRows([...rows, ["", ""]])}>
          Add field
        </Button>
      </div>
    </section>
  );
}

const rowsOf = (value: Json | undefined): readonly Row[] => (isObject(value) ? Object.entries(value) : []);

/** Rows as they are edited, also those that are not whole; they are made anew when somebody else changes the value. */
function useRows(value: Json | undefined, onChange: (value: Json | undefined) => void) {
  const [rows, setRows] = useState(() => rowsOf(value));
  const told = useRef(jsonText(value ?? null));
  let current = rows;
  if (jsonText(value ?? null) !== told.current) {
    told.current = jsonText(value ?? null);
    current = rowsOf(value);
    setRows(current);
  }
  const change = (made: readonly Row[]) => {
    setRows(made);
    const said = made.filter(([name, held]) => name !== "" || held !== "");
    const now = said.length > 0 ? Object.fromEntries(said) : undefined;
    told.current = jsonText(now ?? null);
    onChange(now);
  };
  return [current, change] as const;
}

interface FieldNameProps {
  label: string;
  name: string;
  isUser: boolean;
  groups: (text: string) => ReturnType<typeof targetGroups>;
  onChange: (name: string) => void;
}

function FieldName({ label, name, isUser, groups, onChange }: FieldNameProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = isUser && (USER_FIELDS as readonly string[]).includes(name) ? fieldLabel(name) : name;
  return (
    <ComboBox
      label={label}
      labelHidden
      placeholder={shown || "Choose a field…"}
      chosen={name === "" ? null : `${isUser ? "user_field" : "custom_field"}:${name}`}
      text={typed ?? shown}
      onText={setTyped}
      onFocus={() => setTyped("")}
      onBlur={() => setTyped(null)}
      onChoose={(id) => {
        setTyped(null);
        onChange(targetOf(id).targetField);
      }}
      groups={groups(typed ?? "")}
    />
  );
}
