import { Select } from "@ui/Select";
import { TextField } from "@ui/TextField";
import type { InputRow } from "../values";
import { choicesOf, textIn, typeHint, wrongAs } from "./inputs";
import { useTrial } from "./trial";

/** No text of a line: those begin with no blank. */
const NONE = " none";

/** An input of the test, asked for as its type is: choices are chosen, yes or no too. */
export function TestInput({ row }: { row: InputRow }) {
  const { inputs, setInput, result, sent } = useTrial();
  const error = wrongAs(row, result, sent, inputs);
  const label = row.label || row.name;
  const value = textIn(inputs, row.name);
  const set = (text: string) => setInput(row.name, text);
  const choices = choicesOf(row);
  if (choices.length === 0) {
    return (
      <TextField
        label={label}
        isRequired={row.required}
        mono
        placeholder={row.placeholder || row.name}
        value={value}
        onChange={set}
        hint={row.description || typeHint(row.type)}
        error={error}
      />
    );
  }
  const none = row.required ? [] : [{ id: NONE, label: "Not given" }];
  return (
    <Select
      label={label}
      isRequired={row.required}
      options={[...none, ...choices]}
      value={choices.some(({ id }) => id === value) ? value : row.required ? null : NONE}
      onChange={(id) => set(id === NONE ? "" : id)}
      hint={row.description || undefined}
      error={error}
    />
  );
}
