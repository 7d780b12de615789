import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { FilterBar, SearchFilter } from "@ui/FilterBar";
import { Segments } from "@ui/Segments";
import { Select } from "@ui/Select";
import { useCallback, useMemo } from "react";
import { namesQuery } from "@/features/executions/queries";
import { Only } from "@/features/session/Only";
import styles from "./Audit.module.css";
import { Entries } from "./Entries";
import { ExportMenu } from "./ExportMenu";
import { ACTIONS, actionName, options, THINGS, thingName } from "./model";
import { type AuditSearch, auditSearch, type Filters, isFiltered, type Source } from "./search";
import { Between, isBetween, When } from "./When";

const ANY = "any";
const SOURCES: { id: Source; label: string }[] = [
  { id: "connectors", label: "Connectors" },
  { id: "contacts", label: "Contacts" },
];

export default function AuditPage() {
  const search = useSearch({ from: "/inside/tools/audit" });
  return (
    <div className={styles.page}>
      <header>
        <h1>Audit</h1>
        <p className={styles.intro}>
          Who did what, and what is different since. Nobody can change an entry or delete one.
        </p>
      </header>
      <Only scope="workspace:admin">
        <Trail search={search} />
      </Only>
    </div>
  );
}

function Trail({ search }: { search: AuditSearch }) {
  const navigate = useNavigate({ from: "/tools/audit" });
  const { source = "connectors", entry, ...filters } = search as AuditSearch & { source?: Source };
  const { data: named = [] } = useQuery(namesQuery);
  const names = useMemo(() => new Map(named.map(({ id, name }) => [id, name])), [named]);
  const open = (id: string | null) =>
    navigate({ search: ({ entry: _was, ...rest }) => (id ? { ...rest, entry: id } : rest) });
  return (
    <>
      <Bar source={source} search={search} filters={filters} />
      <Entries
        source={source}
        filters={filters}
        names={names}
        opened={entry ?? null}
        onOpen={open}
        none={
          isFiltered(search)
            ? "No entry has all that is asked for."
            : "As soon as somebody changes something, it is here."
        }
      />
    </>
  );
}

interface BarProps {
  source: Source;
  search: AuditSearch;
  filters: Filters;
}

function Bar({ source, search, filters }: BarProps) {
  const navigate = useNavigate({ from: "/tools/audit" });
  const show = useCallback(
    (changed: Filters) =>
      navigate({ search: ({ entry: _was, ...rest }) => auditSearch({ ...rest, ...changed }), replace: true }),
    [navigate],
  );
  const showActor = useCallback((actor: string) => show({ actor }), [show]);
  // The two trails know other things: what was asked of one is no question to the other.
  const choose = (id: Source) => navigate({ search: id === "contacts" ? { source: id } : {}, replace: true });
  const chip = (name: "id" | "key", label: string) =>
    filters[name] ? [{ id: name, label, value: filters[name], onRemove: () => show({ [name]: "" }) }] : [];
  return (
    <>
      <div className={styles.trails}>
        <Segments label="Trail" options={SOURCES} value={source} onChange={choose} />
        <ExportMenu source={source} filters={filters} />
      </div>
      <FilterBar
        label="Filters"
        chips={[...chip("id", "Id"), ...chip("key", "API key")]}
        onClear={isFiltered(search) ? () => choose(source) : null}
      >
        <SearchFilter
          label="Who"
          placeholder="Who: the whole id…"
          value={filters.actor ?? ""}
          onChange={showActor}
        />
        <Select
          label="Action"
          labelHidden
          options={[{ id: ANY, label: "Any action" }, ...options(ACTIONS[source], actionName)]}
          value={filters.action ?? ANY}
          onChange={(id) => show({ action: id === ANY ? "" : id })}
        />
        <Select
          label="Thing"
          labelHidden
          options={[{ id: ANY, label: "Anything" }, ...options(THINGS[source], thingName)]}
          value={filters.kind ?? ANY}
          onChange={(id) => show({ kind: id === ANY ? "" : id })}
        />
        <When filters={filters} onShow={show} />
      </FilterBar>
      {isBetween(filters) && <Between filters={filters} onShow={show} />}
    </>
  );
}
