import { Select } from "@ui/Select";
import { TextField } from "@ui/TextField";
import type { FieldShape } from "@/api/mapper";
import type { Kind } from "../model";

const NOTHING = "@nothing";
const TRUTH = [
  { id: NOTHING, label: "Empty" },
  { id: "true", label: "Yes" },
  { id: "false", label: "No" },
];
const HINTS: Partial<Record<FieldShape["type"], string>> = {
  date: "Such as 2026-03-10.",
  datetime: "Such as 2026-03-10T14:30:00Z.",
  json: "JSON: a text stands in double quotes.",
};
const LINES: Partial<Record<Kind, number>> = { lines: 3, list: 3, json: 5 };

export interface ValueInputProps {
  label: string;
  labelShown?: boolean;
  kind: Kind;
  field: FieldShape | undefined;
  value: string;
  onChange: (text: string) => void;
  error: string | undefined;
  isFirst?: boolean;
}

/** What a field is typed into, by what it holds. */
export function ValueInput(props: ValueInputProps) {
  const { label, labelShown = false, kind, field, value, onChange, error, isFirst = !labelShown } = props;
  if (kind === "truth" || kind === "choice") {
    const choices = field?.options.choices ?? [];
    const options =
      kind === "truth"
        ? TRUTH
        : [
            { id: NOTHING, label: "Empty" },
            ...choices.map((choice) => ({ id: choice.value, label: choice.label ?? choice.value })),
          ];
    return (
      <Select
        label={label}
        labelHidden={!labelShown}
        options={options}
        value={value || NOTHING}
        onChange={(id) => onChange(id === NOTHING ? "" : id)}
        error={error}
      />
    );
  }
  const rows = LINES[kind];
  return (
    <TextField
      label={label}
      labelHidden={!labelShown}
      value={value}
      onChange={onChange}
      error={error}
      hint={kind === "list" ? "One on each line." : field && HINTS[field.type]}
      mono={kind === "json"}
      autoFocus={isFirst}
      {...(rows ? { rows } : {})}
    />
  );
}
