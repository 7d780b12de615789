import { useQuery } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { DayField } from "@ui/DayField";
import { PopoverButton } from "@ui/PopoverButton";
import { Select } from "@ui/Select";
import { TextField } from "@ui/TextField";
import { Filter } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { FieldShape } from "@/api/mapper";
import { customId, FILTERED_FIELDS, fieldLabel } from "@/features/contact-fields/fields";
import { connectorChoicesQuery } from "../queries";
import { type ContactSearch, type Days, MOST_CONDITIONS } from "../search";

const TAG = "@tag";
const CONNECTOR = "@connector";
const CREATED = "@created";
const UPDATED = "@updated";
const LISTS: readonly string[] = ["tags", "json"];

export interface FilterFormProps {
  search: ContactSearch;
  fields: readonly FieldShape[];
  onAdd: (search: ContactSearch) => void;
}

/** One more filter: what it is about, then what has to be there. */
export function AddFilter(props: FilterFormProps) {
  return (
    <PopoverButton label="Add filter" icon={<Filter size={14} aria-hidden="true" />}>
      {(close) => <FilterForm {...props} onDone={close} />}
    </PopoverButton>
  );
}

function FilterForm({ search, fields, onAdd, onDone }: FilterFormProps & { onDone: () => void }) {
  const [about, setAbout] = useState("city");
  const [value, setValue] = useState("");
  const [days, setDays] = useState<Days>({});
  const isTime = about === CREATED || about === UPDATED;
  const isFull = !isTime && isFullOf(search, about);
  const ready = !isFull && (isTime ? Boolean(days.from || days.to) : value.trim() !== "");
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    onAdd(withFilter(search, about, value.trim(), days));
    onDone();
  };
  return (
    <form onSubmit={add} style={{ display: "contents" }}>
      <Select
        label="Filter by"
        options={aboutOptions(fields)}
        value={about}
        onChange={(id) => {
          setAbout(id);
          setValue("");
        }}
      />
      {isTime ? (
        <>
          <DayField label="From" value={days.from ?? ""} onChange={(from) => setDays({ ...days, from })} />
          <DayField
            label="To"
            value={days.to ?? ""}
            onChange={(to) => setDays({ ...days, to })}
            hint="This day included."
          />
        </>
      ) : about === CONNECTOR ? (
        <ConnectorSelect value={value} onChange={setValue} />
      ) : (
        <Value field={fieldOf(about, fields)} value={value} onChange={setValue} />
      )}
      {isFull && <p>There may be {MOST_CONDITIONS} of these at once. Take one away first.</p>}
      <Button type="submit" variant="primary" isDisabled={!ready}>
        Add filter
      </Button>
    </form>
  );
}

function Value(props: { field: FieldShape | undefined; value: string; onChange: (value: string) => void }) {
  const { field, value, onChange } = props;
  const choices = field?.options.choices ?? [];
  if (field?.type === "boolean" || choices.length > 0) {
    const options =
      field?.type === "boolean"
        ? [
            { id: "true", label: "Yes" },
            { id: "false", label: "No" },
          ]
        : choices.map((choice) => ({ id: choice.value, label: choice.label ?? choice.value }));
    return <Select label="Is" options={options} value={value || null} onChange={onChange} />;
  }
  return <TextField label="Is" value={value} onChange={onChange} hint="All of it, in capitals or not." />;
}

function ConnectorSelect({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const { data } = useQuery(connectorChoicesQuery);
  const options = (data ?? []).map(({ id, name }) => ({ id, label: name }));
  return (
    <Select
      label="Was the last to write a field"
      placeholder={data ? "Choose a connector" : "Loading…"}
      options={options}
      value={value || null}
      onChange={onChange}
    />
  );
}

function aboutOptions(fields: readonly FieldShape[]) {
  const custom = fields.filter(({ type, deleting }) => !LISTS.includes(type) && !deleting);
  return [
    { id: TAG, label: "Tag" },
    ...FILTERED_FIELDS.map((id) => ({ id, label: fieldLabel(id) })),
    ...custom.map(({ name, label }) => ({ id: customId(name), label: label ?? name, hint: "Custom field" })),
    { id: CONNECTOR, label: "Last written by" },
    { id: CREATED, label: "Created" },
    { id: UPDATED, label: "Changed" },
  ];
}

function isFullOf(search: ContactSearch, about: string): boolean {
  if (about === CONNECTOR) return false;
  return (about === TAG ? search.tag : search.field)?.length === MOST_CONDITIONS;
}

const fieldOf = (about: string, fields: readonly FieldShape[]): FieldShape | undefined =>
  fields.find(({ name }) => customId(name) === about);

function withFilter(search: ContactSearch, about: string, value: string, days: Days): ContactSearch {
  const more = (there: string[] | undefined, one: string) => [...new Set([...(there ?? []), one])];
  switch (about) {
    case TAG:
      return { ...search, tag: more(search.tag, value) };
    case CONNECTOR:
      return { ...search, connector: value };
    case CREATED:
      return { ...search, created: days };
    case UPDATED:
      return { ...search, updated: days };
    default:
      return { ...search, field: more(search.field, `${about}:${value}`) };
  }
}
