import { type Chip, FilterBar, SearchFilter } from "@ui/FilterBar";
import { Select } from "@ui/Select";
import { useCallback } from "react";
import { ERROR_TYPES, TRIGGERS } from "../model";
import type { Named } from "../queries";
import { type ExecutionSearch, isFiltered, type Status } from "../search";
import { cleared } from "./ExecutionList";
import { Views } from "./Views";

const ANY = "any";
const STATUS_OPTIONS = [
  { id: ANY, label: "Any outcome" },
  { id: "success", label: "Success" },
  { id: "error", label: "Error" },
  { id: "timeout", label: "Timeout" },
  { id: "skipped", label: "Skipped" },
];
const PERIOD_OPTIONS = [
  { id: ANY, label: "Any time" },
  { id: "15m", label: "Last 15 minutes" },
  { id: "1h", label: "Last hour" },
  { id: "24h", label: "Last 24 hours" },
  { id: "7d", label: "Last 7 days" },
  { id: "30d", label: "Last 30 days" },
];
const TRIGGER_OPTIONS = [{ id: ANY, label: "Any trigger" }, ...TRIGGERS];
const ERROR_OPTIONS = [
  { id: ANY, label: "Any error" },
  ...Object.entries(ERROR_TYPES).map(([id, label]) => ({ id, label })),
];

export interface FiltersProps {
  search: ExecutionSearch;
  onSearch: (search: ExecutionSearch) => void;
  names: readonly Named[];
  isOfConnector: boolean;
}

export function Filters({ search, onSearch, names, isOfConnector }: FiltersProps) {
  const set = useCallback(
    (name: keyof ExecutionSearch, value: string) => {
      const { [name]: _was, ...rest } = search;
      onSearch(value === ANY || value === "" ? rest : { ...rest, [name]: value as Status });
    },
    [search, onSearch],
  );
  const find = useCallback((text: string) => set("text", text), [set]);
  const field = (name: keyof ExecutionSearch, label: string, options: { id: string; label: string }[]) => (
    <Select
      label={label}
      labelHidden
      options={options}
      value={search[name] ?? ANY}
      onChange={(value) => set(name, value)}
    />
  );
  const chips: Chip[] = (["flow", "run", "contact", "http"] as const).flatMap((name) => {
    const value = search[name];
    return value ? [{ id: name, label: CHIPS[name], value, onRemove: () => set(name, "") }] : [];
  });
  const left = cleared(search, isOfConnector);
  const isAny = isOfConnector ? isFiltered(search) : Object.keys(search).length > 0;
  return (
    <FilterBar
      label="Filters"
      chips={chips}
      onClear={isAny ? () => onSearch(left) : null}
      {...(isOfConnector ? {} : { extra: <Views search={search} onSearch={onSearch} /> })}
    >
      <SearchFilter
        label="Search in messages of errors"
        placeholder="Search errors…"
        value={search.text ?? ""}
        onChange={find}
      />
      {field("status", "Outcome", STATUS_OPTIONS)}
      {field("within", "Time", PERIOD_OPTIONS)}
      {field("trigger", "Trigger", TRIGGER_OPTIONS)}
      {field("error", "Kind of error", ERROR_OPTIONS)}
      {!isOfConnector &&
        field("connector", "Connector", [
          { id: ANY, label: "Any connector" },
          ...names.map(({ id, name }) => ({ id, label: name })),
        ])}
    </FilterBar>
  );
}

const CHIPS = { flow: "Flow", run: "Run", contact: "Contact", http: "HTTP status" } as const;
