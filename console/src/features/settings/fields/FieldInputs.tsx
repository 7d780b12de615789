import { NumberField } from "@ui/NumberField";
import { Segments } from "@ui/Segments";
import { Select } from "@ui/Select";
import { TextField } from "@ui/TextField";
import type { CustomFieldType } from "@/api/mapper";
import forms from "../Form.module.css";
import { type FieldForm, SHAPES, TYPES, takesChoices, takesRange } from "./model";

export const FIELD_NAMES = ["name", "label", "description", "type", "options"];

interface FieldInputsProps {
  form: FieldForm;
  onChange: (changed: Partial<FieldForm>) => void;
  errors: Record<string, string>;
}

/** What a field is called, what it holds, and what its type allows. */
export function FieldInputs({ form, onChange, errors }: FieldInputsProps) {
  return (
    <>
      <TextField
        label="Label"
        hint="What people read; empty: the name"
        maxLength={200}
        value={form.label}
        onChange={(label) => onChange({ label })}
        error={errors.label}
      />
      <Select
        label="Type"
        options={TYPES}
        value={form.type}
        onChange={(type) => onChange({ type: type as CustomFieldType })}
        error={errors.type}
      />
      <Options form={form} onChange={onChange} errors={errors} />
      <TextField
        label="Description"
        rows={2}
        maxLength={2000}
        value={form.description}
        onChange={(description) => onChange({ description })}
        error={errors.description}
      />
    </>
  );
}

function Options({ form, onChange, errors }: FieldInputsProps) {
  const { type } = form;
  return (
    <>
      {takesChoices(type) && (
        <TextField
          label="Choices"
          hint="One on each line. What people read may follow after “=”: pro = Professional"
          rows={5}
          mono
          value={form.choices}
          onChange={(choices) => onChange({ choices })}
          error={errors.options}
        />
      )}
      {takesRange(type) && (
        <div className={forms.pair}>
          <TextField
            label="At least"
            mono
            value={form.minimum}
            onChange={(minimum) => onChange({ minimum })}
            error={errors.minimum ?? errors.options}
          />
          <TextField
            label="At most"
            mono
            value={form.maximum}
            onChange={(maximum) => onChange({ maximum })}
            error={errors.maximum}
          />
        </div>
      )}
      {type === "text" && (
        <NumberField
          label="At most"
          unit="characters"
          minValue={1}
          maxValue={65536}
          value={form.maxLength}
          onChange={(maxLength) => onChange({ maxLength })}
          error={errors.options}
        />
      )}
      {type === "json" && (
        <Segments
          label="Shape"
          options={SHAPES}
          value={form.shape}
          onChange={(shape) => onChange({ shape })}
        />
      )}
    </>
  );
}
