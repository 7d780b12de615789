import { type Json, jsonText, tryParse } from "@json/exact";
import { Checkbox } from "@ui/Checkbox";
import { Select } from "@ui/Select";
import { TextField } from "@ui/TextField";
import type { Clear, FieldMapping, OnMappingError, Reading, Several } from "../data-source";
import styles from "./FieldMapper.module.css";
import { changed } from "./model";

const SEVERAL: readonly { id: Several; label: string }[] = [
  { id: "auto", label: "One as it is, several as a list" },
  { id: "first", label: "Take the first" },
  { id: "last", label: "Take the last" },
  { id: "list", label: "Always a list" },
  { id: "join", label: "All in one text" },
  { id: "count", label: "How many there are" },
  { id: "fail", label: "Refuse several" },
];
const ON_ERROR: readonly { id: OnMappingError; label: string; hint: string }[] = [
  { id: "skip", label: "Leave this field as it is", hint: "The other fields are written" },
  { id: "fail", label: "Write nothing at all", hint: "The flow is told which field and why" },
  { id: "deadLetter", label: "Set the answer aside", hint: "Somebody replays it after a repair" },
];
const CLEAR: readonly { id: Clear; label: string }[] = [
  { id: "never", label: "Keep what the contact has" },
  { id: "null", label: "Empty the field when the answer is empty" },
  { id: "nullOrAbsent", label: "Empty it also when the answer says nothing" },
];

interface TermsProps {
  mapping: FieldMapping;
  onChange: (mapping: FieldMapping) => void;
}

/** What is rarely needed of a mapping, in plain words. */
export function Terms({ mapping, onChange }: TermsProps) {
  const set = (change: Partial<FieldMapping>) => onChange(changed(mapping, change));
  const reading = (change: Reading) => set({ reading: { ...mapping.reading, ...change } });
  return (
    <div className={styles.terms}>
      <TextField
        label="If there is nothing, write"
        hint="A number, true or false is written as such; put quotes around it for text."
        value={writtenDefault(mapping.default)}
        onChange={(text) => set({ default: readDefault(text) })}
      />
      <Select
        label="If there is nothing and nothing to write"
        options={CLEAR}
        value={mapping.clear ?? "never"}
        onChange={(clear) => set({ clear: clear as Clear })}
      />
      <Select
        label="If there are several values"
        options={SEVERAL}
        value={mapping.several ?? "auto"}
        onChange={(several) => set({ several: several as Several })}
      />
      {mapping.several === "join" && (
        <TextField
          label="Between the values"
          value={mapping.separator ?? ", "}
          maxLength={50}
          onChange={(separator) => set({ separator })}
        />
      )}
      <Select
        label="If the value does not fit the field"
        options={ON_ERROR}
        value={mapping.onError ?? "skip"}
        onChange={(onError) => set({ onError: onError as OnMappingError })}
      />
      <TextField
        label="Dates are written as"
        placeholder="DD.MM.YYYY"
        hint="Left empty: 2025-01-31, or with a time"
        value={mapping.reading?.format ?? ""}
        maxLength={100}
        mono
        onChange={(format) => reading({ format })}
      />
      <TextField
        label="Numbers and months are written as in"
        placeholder="de, en-GB"
        hint="A language; left empty: 1234.5"
        value={mapping.reading?.locale ?? ""}
        maxLength={50}
        onChange={(locale) => reading({ locale })}
      />
      <TextField
        label="Phone numbers without a country code are of"
        placeholder="US"
        hint="A country's two letters; left empty: the workspace's"
        value={mapping.reading?.region ?? ""}
        maxLength={50}
        onChange={(region) => reading({ region: region.toUpperCase() })}
      />
      <Checkbox
        label="Add to the tags that are there"
        hint="For fields of tags; else they are replaced"
        value={mapping.tags === "add"}
        onChange={(adds) => set({ tags: adds ? "add" : "replace" })}
      />
      <Checkbox
        label="Keep spaces at both ends of a text"
        value={mapping.reading?.trim === false}
        onChange={(keeps) => reading({ trim: !keeps })}
      />
    </div>
  );
}

/** A text that would be read as something else stands in quotes. */
function writtenDefault(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") return jsonText(value);
  return isOtherThanText(value) ? jsonText(value) : value;
}

function readDefault(text: string): Json {
  return isOtherThanText(text) ? (tryParse(text) ?? text) : text;
}

function isOtherThanText(text: string): boolean {
  const trimmed = text.trim();
  return trimmed !== "" && tryParse(trimmed) !== undefined;
}
