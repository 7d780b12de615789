import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button, buttonClass } from "@ui/Button";
import { CheckMenu } from "@ui/CheckMenu";
import { FilterBar, SearchFilter } from "@ui/FilterBar";
import { Pager } from "@ui/Pager";
import { EmptyState, ProblemNote } from "@ui/States";
import { toast } from "@ui/Toast";
import { Columns3, Download, SearchX, Upload, UserPlus, Users } from "lucide-react";
import { useCallback, useEffect, useMemo } from "react";
import type { ApiError } from "@/api/client";
import type { FieldShape } from "@/api/mapper";
import { customId, EXTERNAL_ID, fieldLabel, USER_FIELDS } from "@/features/contact-fields/fields";
import { fieldsQuery } from "@/features/contact-fields/queries";
import { Only } from "@/features/session/Only";
import { useMay } from "@/features/session/queries";
import styles from "./Contacts.module.css";
import { ContactTable, TableSkeleton } from "./components/ContactTable";
import { AddFilter } from "./components/FilterForm";
import { chipsOf, DEFAULT_COLUMNS } from "./filters";
import { connectorNameQuery, contactsQuery, exportContacts } from "./queries";
import { type ContactSearch, contactSearch, isFiltered } from "./search";

/** Pages that are read without being asked for, where a filter holds of few among very many. */
const MOST_EMPTY_PAGES = 20;

export default function ContactsPage() {
  return (
    <Only scope="contacts:read" isPage>
      <Contacts />
    </Only>
  );
}

function Contacts() {
  const given = useSearch({ from: "/inside/tools/contacts" });
  const search = useMemo(() => contactSearch(given), [given]);
  const navigate = useNavigate({ from: "/tools/contacts" });
  const { data: fields = [] } = useQuery(fieldsQuery);
  const show = useCallback(
    (wanted: ContactSearch) => navigate({ search: () => ({ ...wanted }), replace: true }),
    [navigate],
  );
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div>
          <h1>Contacts</h1>
          <p className={styles.intro}>Whom your flows enrich. Each value says who wrote it, and when.</p>
        </div>
        <HeadActions search={search} />
      </header>
      <Filters search={search} fields={fields} show={show} />
      <List search={search} fields={fields} />
    </div>
  );
}

function HeadActions({ search }: { search: ContactSearch }) {
  const may = useMay();
  const saving = useMutation<void, ApiError>({
    mutationFn: () => exportContacts(search),
    onError: ({ title, detail }) => toast({ text: `${title}. ${detail}`, tone: "danger" }),
  });
  return (
    <div className={styles.actions}>
      <Button
        icon={<Download size={15} aria-hidden="true" />}
        isPending={saving.isPending}
        onPress={() => saving.mutate()}
      >
        {isFiltered(search) ? "Export these" : "Export"}
      </Button>
      {may("contacts:edit") && (
        <>
          <Link to="/tools/contacts/import" className={buttonClass()}>
            <Upload size={15} aria-hidden="true" />
            Import
          </Link>
          <Link to="/tools/contacts/new" className={buttonClass("primary")}>
            <UserPlus size={15} aria-hidden="true" />
            New contact
          </Link>
        </>
      )}
    </div>
  );
}

interface FiltersProps {
  search: ContactSearch;
  fields: readonly FieldShape[];
  show: (search: ContactSearch) => void;
}

function Filters({ search, fields, show }: FiltersProps) {
  const { data: connector } = useQuery({
    ...connectorNameQuery(search.connector ?? ""),
    enabled: search.connector !== undefined,
  });
  const labels = labelsOf(fields);
  const chips = chipsOf(search, labels, (id) => connector ?? id.slice(0, 8));
  const { columns } = search;
  const look = useCallback(
    (q: string) => {
      const { q: _was, ...rest } = search;
      show(q ? { ...rest, q } : rest);
    },
    [search, show],
  );
  return (
    <FilterBar
      label="Filters"
      chips={chips.map(({ id, label, value, without }) => ({
        id,
        label,
        value,
        onRemove: () => show(without),
      }))}
      onClear={isFiltered(search) ? () => show(columns ? { columns } : {}) : null}
      extra={
        <>
          <AddFilter search={search} fields={fields} onAdd={show} />
          <CheckMenu
            label="Columns"
            icon={<Columns3 size={14} aria-hidden="true" />}
            groups={columnGroups(fields)}
            chosen={columns ?? DEFAULT_COLUMNS}
            onChange={(chosen) => show({ ...search, columns: chosen })}
          />
        </>
      }
    >
      <SearchFilter
        label="Search contacts"
        placeholder="Name, company, email, phone or external id…"
        value={search.q ?? ""}
        onChange={look}
      />
    </FilterBar>
  );
}

function List({ search, fields }: { search: ContactSearch; fields: readonly FieldShape[] }) {
  const found = useInfiniteQuery(contactsQuery(search));
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = found;
  const contacts = data?.pages.flatMap((page) => page.contacts) ?? [];
  const pages = data?.pages.length ?? 0;
  const looksOn = contacts.length === 0 && hasNextPage && !isFetchNextPageError && pages < MOST_EMPTY_PAGES;
  useEffect(() => {
    if (looksOn && !isFetchingNextPage) fetchNextPage();
  }, [looksOn, isFetchingNextPage, fetchNextPage]);
  if (found.isError) {
    const { title, detail, traceId, errors } = found.error as ApiError;
    const told = [detail, ...errors.map((each) => each.detail)].filter(Boolean).join(" ");
    return <ProblemNote title={title} detail={told} traceId={traceId} onRetry={() => found.refetch()} />;
  }
  if (found.isPending || looksOn) return <TableSkeleton />;
  if (contacts.length === 0 && !hasNextPage) return isFiltered(search) ? <NothingFound /> : <NoContacts />;
  return (
    <>
      {data?.pages.some((page) => page.truncated) && (
        <ProblemNote
          tone="warning"
          title="More contacts match than can be looked through"
          detail="Only some of them are here. Type more of the name, or add a filter."
        />
      )}
      <ContactTable
        contacts={contacts}
        columns={search.columns ?? DEFAULT_COLUMNS}
        labels={labelsOf(fields)}
      />
      <Pager
        shown={contacts.length === 1 ? "1 contact" : `${contacts.length} contacts`}
        hasMore={hasNextPage}
        isLoading={isFetchingNextPage}
        onMore={() => fetchNextPage()}
      />
    </>
  );
}

function NoContacts() {
  const may = useMay();
  return (
    <div className={styles.panel}>
      <EmptyState
        icon={<Users size={20} />}
        title="No contacts yet"
        actions={
          may("contacts:edit") && (
            <Link to="/tools/contacts/import" className={buttonClass("primary")}>
              Import a CSV file
            </Link>
          )
        }
      >
        Flows make contacts of what connectors answer. You can also bring your own from a spreadsheet.
      </EmptyState>
    </div>
  );
}

function NothingFound() {
  return (
    <div className={styles.panel}>
      <EmptyState
        icon={<SearchX size={20} />}
        title="No contact matches"
        actions={
          <Link to="/tools/contacts" className={buttonClass()}>
            Clear filters
          </Link>
        }
      >
        A search looks at how words of names and companies begin, and addresses and numbers. A filter wants
        the whole value.
      </EmptyState>
    </div>
  );
}

const labelsOf = (fields: readonly FieldShape[]): ReadonlyMap<string, string> =>
  new Map(fields.map(({ name, label }) => [name, label ?? name]));

function columnGroups(fields: readonly FieldShape[]) {
  const user = [...USER_FIELDS.map(({ name }) => name), EXTERNAL_ID].filter(
    (id) => id !== "first_name" && id !== "last_name",
  );
  const custom = fields.map(({ name, label }) => ({ id: customId(name), label: label ?? name }));
  return [
    { title: "Fields", options: user.map((id) => ({ id, label: fieldLabel(id) })) },
    ...(custom.length > 0 ? [{ title: "Custom fields", options: custom }] : []),
    {
      title: "Times",
      options: [
        { id: "created_at", label: "Created" },
        { id: "updated_at", label: "Changed" },
      ],
    },
  ];
}
