import { isObject, type Json } from "@json/exact";
import { Button, IconButton } from "@ui/Button";
import { ComboBox } from "@ui/ComboBox";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
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
}

type Row = readonly [string, Json];

/** Fields of a contact, and what is written to each. */
export function FieldRows({ label, isUser, value, onChange, variables }: FieldRowsProps) {
  const source = useSource();
  const custom = useLoaded(isUser ? null : "custom", (signal) => source.customFields(signal));
  const [rows, setRows] = useState<readonly Row[]>(() => (isObject(value) ? Object.entries(value) : []));
  const ids = useRowIds(rows.length);
  const set = (made: readonly Row[]) => {
    setRows(made);
    const named = made.filter(([name]) => name !== "");
    onChange(named.length > 0 ? Object.fromEntries(named) : undefined);
  };
  const change = (place: number, row: Row) => set(rows.map((each, at) => (at === place ? row : each)));
  const choices = (text: string) => {
    const [user, own, fresh] = targetGroups(text, custom.data ?? []);
    return isUser ? (user ? [user] : []) : [own, fresh].filter((group) => group !== undefined);
  };
  return (
    <section className={styles.fieldRows} aria-label={label}>
      <h3>{label}</h3>
      {rows.map(([name, held], place) => (
        <fieldset className={styles.fieldRow} key={ids.ids[place]} aria-label={`${label}, row ${place + 1}`}>
          <FieldName
            label={`Field of row ${place + 1}`}
            name={name}
            isUser={isUser}
            groups={choices}
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
            onPress={() => {
              ids.remove(place);
              set(rows.filter((_, at) => at !== place));
            }}
          >
            <Trash2 size={15} />
          </IconButton>
        </fieldset>
      ))}
      <div>
        <Button size="small" icon={<Plus size={15} />} onPress={() => set([...rows, ["", ""]])}>
          Add field
        </Button>
      </div>
    </section>
  );
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
      placeholder="Choose a field…"
      chosen={name === "" ? null : `${isUser ? "user_field" : "custom_field"}:${name}`}
      text={typed ?? shown}
      onText={(text) => setTyped(text === shown ? null : text)}
      onBlur={() => setTyped(null)}
      onChoose={(id) => {
        setTyped(null);
        onChange(targetOf(id).targetField);
      }}
      groups={groups(typed ?? "")}
    />
  );
}
