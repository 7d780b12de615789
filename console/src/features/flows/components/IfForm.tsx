import { jsonText } from "@json/exact";
import type { Variable } from "@lib/data-source";
import { VariableField } from "@lib/VariableField/VariableField";
import { Button, IconButton } from "@ui/Button";
import { useKeptFocus } from "@ui/kept-focus";
import { Segments } from "@ui/Segments";
import { Select } from "@ui/Select";
import { ProblemNote } from "@ui/States";
import { TextField } from "@ui/TextField";
import { Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import {
  type ComparisonForm,
  type Condition,
  type ConditionForm,
  conditionOf,
  formOf,
  NEW_COMPARISON,
  OPERATORS,
  type Operator,
  takesNone,
} from "../conditions";
import { sentence, type Told } from "../problems";
import styles from "./Forms.module.css";

interface IfFormProps {
  condition: Condition;
  variables: readonly Variable[];
  problems: readonly Told[];
  submitLabel: string;
  /** Whether there is something that would be lost. */
  onEdit: (isChanged: boolean) => void;
  onSubmit: (condition: Condition) => void;
  onCancel: () => void;
}

const JOINED = [
  { id: "all", label: "All of them hold" },
  { id: "any", label: "Any of them holds" },
] as const;
const MOST_ROWS = 20;

/** Which of two ways a flow takes. */
export function IfForm(props: IfFormProps) {
  const { condition, variables, problems, submitLabel, onEdit, onSubmit, onCancel } = props;
  const [form, setForm] = useState<ConditionForm>(() => formOf(condition));
  const change = (now: ConditionForm) => {
    setForm(now);
    onEdit(jsonText(now) !== jsonText(formOf(condition)));
  };
  const [wrong, setWrong] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    try {
      onSubmit(conditionOf(form));
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <p className={styles.quiet}>
        The flow goes on with Then where this holds, and with Else where it does not.
      </p>
      {problems.map(({ pointer, detail }) => (
        <ProblemNote key={pointer + detail} title={sentence(detail)} />
      ))}
      {form.kind === "rows" ? (
        <Rows form={form} variables={variables} onChange={change} />
      ) : (
        <TextField
          label="Condition, as JSON"
          hint="It is nested deeper than this form shows."
          rows={8}
          mono
          value={form.text}
          error={wrong ?? undefined}
          onChange={(text) => change({ kind: "json", text })}
        />
      )}
      <div className={styles.foot}>
        <Button onPress={onCancel}>Cancel</Button>
        <Button variant="primary" type="submit">
          {submitLabel}
        </Button>
      </div>
    </form>
  );
}

interface RowsProps {
  form: ConditionForm & { kind: "rows" };
  variables: readonly Variable[];
  onChange: (form: ConditionForm) => void;
}

function Rows({ form, variables, onChange }: RowsProps) {
  const { rows, joined } = form;
  const { place, leaving } = useKeptFocus<HTMLDivElement>();
  const change = (index: number, row: ComparisonForm) => onChange({ ...form, rows: rows.with(index, row) });
  return (
    <div ref={place} className={styles.form}>
      {rows.length > 1 && (
        <Segments
          label="How the comparisons are joined"
          options={JOINED}
          value={joined}
          onChange={(id) => onChange({ ...form, joined: id })}
        />
      )}
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has no name of its own
        <div key={index} className={styles.comparison}>
          <VariableField
            label={`Value ${index + 1}`}
            labelHidden={index > 0}
            placeholder="A variable, or a fixed value"
            value={row.value}
            variables={variables}
            onChange={(value) => change(index, { ...row, value })}
          />
          <Select
            label="Comparison"
            labelHidden={index > 0}
            options={OPERATORS}
            value={row.operator}
            onChange={(id) => change(index, { ...row, operator: id as Operator })}
          />
          {takesNone(row.operator) ? (
            <span />
          ) : (
            <VariableField
              label={row.operator === "one_of" ? "Any of, with commas" : "Compared with"}
              labelHidden={index > 0}
              placeholder={row.operator === "one_of" ? "CA, NY, TX" : "700"}
              value={row.than}
              variables={variables}
              onChange={(than) => change(index, { ...row, than })}
            />
          )}
          {rows.length > 1 && (
            <IconButton
              label={`Remove comparison ${index + 1}`}
              size="small"
              data-removes
              onPress={() => {
                leaving(index);
                onChange({ ...form, rows: rows.toSpliced(index, 1) });
              }}
            >
              <X size={15} />
            </IconButton>
          )}
        </div>
      ))}
      <div>
        <Button
          size="small"
          data-adds
          icon={<Plus size={15} aria-hidden="true" />}
          isDisabled={rows.length >= MOST_ROWS}
          onPress={() => onChange({ ...form, rows: [...rows, NEW_COMPARISON] })}
        >
          Add a comparison
        </Button>
      </div>
    </div>
  );
}
