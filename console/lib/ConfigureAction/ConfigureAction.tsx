import { Button } from "@ui/Button";
import { RadioGroup } from "@ui/Radio";
import { ProblemNote } from "@ui/States";
import { TextField } from "@ui/TextField";
import { useMemo, useRef, useState } from "react";
import { ActionIcon } from "../ActionPicker/ActionIcon";
import { inputsOf, isUsable } from "../ActionPicker/model";
import { ContactPicker } from "../ContactPicker";
import type { Action, ActionSettings, SettingsProblem, Variable } from "../data-source";
import { FieldMapper } from "../FieldMapper/FieldMapper";
import { useLoaded } from "../loading";
import { useSource } from "../provider";
import { contactVariables } from "../VariableField/template";
import styles from "./ConfigureAction.module.css";
import { Input } from "./Input";
import { cleaned, escaped, problemsOf } from "./model";

export interface ConfigureActionProps {
  action: Action;
  value: ActionSettings;
  onChange: (settings: ActionSettings) => void;
  /** Of earlier steps (`variablesOf`); those of the contact come by themselves. */
  variables: readonly Variable[];
  /** Whom values and the preview are of; null: nobody yet. */
  contactId: string | null;
  onContactChange: (contactId: string | null) => void;
  /** Told once nothing is missing, without what is empty. */
  onSubmit: (settings: ActionSettings) => void;
  onCancel: () => void;
  submitLabel?: string;
  isBusy?: boolean;
  /** What the server says is wrong. */
  problems?: readonly SettingsProblem[];
}

/** What an action is told, and what becomes of its answer. */
export function ConfigureAction(props: ConfigureActionProps) {
  const { action, value, onChange, contactId, onContactChange } = props;
  const place = useRef<HTMLDivElement>(null);
  const [isAsked, setAsked] = useState(false);
  const variables = useVariables(props.variables, contactId);
  const own = isAsked ? problemsOf(action, value) : [];
  const problems = [...own, ...(props.problems ?? [])];
  const wrong = (pointer: string) => problems.find((one) => one.pointer === pointer)?.detail;
  const submit = () => {
    setAsked(true);
    if (problemsOf(action, value).length === 0) return props.onSubmit(cleaned(value));
    // The fields are marked first, then the first of them is entered.
    requestAnimationFrame(() => focusFirstInvalid(place.current));
  };
  const inputs = inputsOf(action);
  const isConnector = action.kind === "connector";
  return (
    <div className={styles.panel} ref={place}>
      <header className={styles.title}>
        <ActionIcon icon={action.icon} name={action.name} />
        <div className={styles.name}>
          <h2>{action.name}</h2>
          {action.description && <p className={styles.quiet}>{action.description}</p>}
        </div>
        <div className={styles.whom}>
          <ContactPicker
            label="Try it on"
            contactId={contactId}
            onChange={onContactChange}
            nobody="Nobody yet"
          />
        </div>
      </header>
      {!isUsable(action) && (
        <ProblemNote tone="warning" title="It cannot be used now" detail={action.why_not?.detail ?? ""} />
      )}
      {inputs.length > 0 && (
        <section className={styles.inputs} aria-label="Inputs">
          {inputs.map(([name, field]) => (
            <Input
              key={name}
              action={action}
              name={name}
              field={field}
              value={value.inputs[name]}
              variables={variables}
              error={wrong(`/inputs/${escaped(name)}`)}
              onChange={(made) => {
                const { [name]: _before, ...others } = value.inputs;
                onChange({ ...value, inputs: made === undefined ? others : { ...others, [name]: made } });
              }}
            />
          ))}
        </section>
      )}
      {isConnector && (
        <>
          <FieldMapper
            action={action}
            value={value.fieldMappings}
            onChange={(fieldMappings) => onChange({ ...value, fieldMappings })}
            options={value.options}
            onOptionsChange={(options) => onChange({ ...value, options })}
            contactId={contactId}
            problems={problems}
          />
          <TextField
            label="Also store the complete response in a variable (optional)"
            placeholder="enrichedData"
            mono
            value={value.storeAs ?? ""}
            onChange={(storeAs) => onChange({ ...value, storeAs: storeAs === "" ? null : storeAs })}
            error={wrong("/storeAs")}
            hint={
              value.storeAs ? `Later steps say {{${value.storeAs}.…}}` : "Later steps can use all of it then."
            }
          />
        </>
      )}
      {action.id !== "wait" && (
        <RadioGroup
          label="When it fails"
          options={ON_ERROR}
          value={value.onError}
          onChange={(onError) => onChange({ ...value, onError })}
        />
      )}
      <Others problems={props.problems ?? []} known={inputs.map(([name]) => name)} />
      <footer className={styles.actions}>
        <Button onPress={props.onCancel}>Cancel</Button>
        <Button variant="primary" onPress={submit} isPending={props.isBusy ?? false}>
          {props.submitLabel ?? "Add"}
        </Button>
      </footer>
    </div>
  );
}

const ON_ERROR = [
  { id: "stop", label: "Stop flow on error" },
  { id: "continue", label: "Continue flow on error" },
] as const;

/** What is wrong at a place that no field here shows. */
function Others({ problems, known }: { problems: readonly SettingsProblem[]; known: readonly string[] }) {
  const shown = ["/storeAs", ...known.map((name) => `/inputs/${escaped(name)}`)];
  const others = problems.filter(
    (one) =>
      !shown.includes(one.pointer) && !/^\/fieldMappings\/\d+\/(sourcePath|targetField)$/.test(one.pointer),
  );
  if (others.length === 0) return null;
  return (
    <ProblemNote title="The server refuses this">
      <ul>
        {others.map((one) => (
          <li key={one.pointer + one.detail}>
            <code>{one.pointer}</code> {one.detail}
          </li>
        ))}
      </ul>
    </ProblemNote>
  );
}

function useVariables(earlier: readonly Variable[], contactId: string | null): readonly Variable[] {
  const source = useSource();
  const custom = useLoaded("custom", (signal) => source.customFields(signal));
  const contact = useLoaded(contactId, (signal) => source.contact(contactId ?? "", signal));
  return useMemo(
    () => [...contactVariables(contact.data ?? null, custom.data ?? []), ...earlier],
    [contact.data, custom.data, earlier],
  );
}

function focusFirstInvalid(place: HTMLElement | null) {
  place?.querySelector<HTMLElement>("[aria-invalid='true'], [data-invalid] button")?.focus();
}
