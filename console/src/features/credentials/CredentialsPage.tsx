import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { buttonClass } from "@ui/Button";
import { SearchField } from "@ui/SearchField";
import { Select } from "@ui/Select";
import { EmptyState, Skeleton, Status } from "@ui/States";
import { KeyRound, Plus, SearchX } from "lucide-react";
import type { AuthKindView, ListedCredential } from "@/api/schema";
import { exactTime } from "@/app/time";
import { credentialsQuery, kindsQuery } from "@/features/auth/queries";
import { stateOf } from "@/features/auth/state";
import { Only } from "@/features/session/Only";
import { useMay } from "@/features/session/queries";
import styles from "./Credentials.module.css";
import { Failed } from "./Failed";
import {
  type CredentialsSearch,
  credentialsSearch,
  found,
  replaced,
  type StateFilter,
  shownSecret,
  usedBy,
} from "./model";

const ANY = "any";
const STATE_OPTIONS = [
  { id: ANY, label: "Any state" },
  { id: "attention", label: "Needs somebody" },
  { id: "fine", label: "Connected or ready" },
];

/** `/tools/credentials`: what connectors share. */
export default function CredentialsPage() {
  const search = credentialsSearch(useSearch({ strict: false }));
  const may = useMay();
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div>
          <h1>Credentials</h1>
          <p className={styles.intro}>
            What you sign in to APIs with. Several connectors can share one: replace or reconnect it here, and
            all of them go on.
          </p>
        </div>
        {may("connectors:edit") && <NewLink label="New credential" />}
      </header>
      <Only scope="connectors:read">
        <Filters search={search} />
        <List search={search} />
      </Only>
    </div>
  );
}

const NewLink = ({ label }: { label: string }) => (
  <Link to="/tools/credentials/new" className={buttonClass("primary")}>
    <Plus size={16} aria-hidden="true" />
    {label}
  </Link>
);

function Filters({ search }: { search: CredentialsSearch }) {
  const navigate = useNavigate();
  const show = (next: CredentialsSearch) =>
    navigate({ to: "/tools/credentials", search: { ...next }, replace: true });
  const { q, state } = search;
  return (
    <div className={styles.filters}>
      <SearchField
        label="Search credentials"
        placeholder="Search names and origins…"
        value={q ?? ""}
        onChange={(text) => show({ ...(text ? { q: text } : {}), ...(state ? { state } : {}) })}
      />
      <Select
        label="State"
        labelHidden
        options={STATE_OPTIONS}
        value={state ?? ANY}
        onChange={(id) => show({ ...(q ? { q } : {}), ...(id === ANY ? {} : { state: id as StateFilter }) })}
      />
    </div>
  );
}

function List({ search }: { search: CredentialsSearch }) {
  const { data, error, isPending, refetch } = useQuery(credentialsQuery);
  const { data: kinds } = useQuery(kindsQuery);
  if (isPending) return <Skeletons />;
  if (error) return <Failed error={error} onRetry={refetch} />;
  if (data.length === 0) return <NoCredentials />;
  const shown = found(data, search, new Date());
  if (shown.length === 0) return <NothingFound />;
  return (
    <>
      <ul className={styles.list} aria-label="Credentials">
        {shown.map((one) => (
          <Row key={one.id} credential={one} kinds={kinds?.auth ?? []} />
        ))}
      </ul>
      <p className={styles.quiet} role="status">
        {shown.length === 1 ? "1 credential" : `${shown.length} credentials`}
      </p>
    </>
  );
}

function Row({ credential, kinds }: { credential: ListedCredential; kinds: readonly AuthKindView[] }) {
  const now = new Date();
  const state = stateOf(credential, now);
  const secret = shownSecret(credential);
  const entered = credential.entered_at ? exactTime(new Date(credential.entered_at)) : undefined;
  return (
    <li className={styles.row}>
      <div>
        <Link to="/tools/credentials/$id" params={{ id: credential.id }} className={styles.name}>
          {credential.name}
        </Link>
        <span className={`${styles.kind} ${styles.quiet}`}>
          <span>
            {kinds.find(({ type }) => type === credential.auth.type)?.title ?? String(credential.auth.type)}
          </span>
          {secret && <code>{secret}</code>}
        </span>
      </div>
      <div>
        <Status tone={state.tone}>{state.word}</Status>
        {state.act && <span className={styles.why}>{state.detail}</span>}
      </div>
      <div className={`${styles.quiet} ${styles.end}`}>
        <div>{usedBy(credential.used_by)}</div>
        <div title={entered}>{replaced(credential, now)}</div>
      </div>
    </li>
  );
}

function Skeletons() {
  return (
    <ul className={styles.list} aria-busy="true" aria-label="Credentials, loading">
      {[0, 1, 2].map((index) => (
        <li key={index} className={styles.row}>
          <Skeleton width={200} height={38} />
          <Skeleton width={110} height={18} />
          <Skeleton width={140} height={36} />
        </li>
      ))}
    </ul>
  );
}

function NoCredentials() {
  const may = useMay();
  return (
    <div className={styles.list}>
      <EmptyState
        icon={<KeyRound size={20} />}
        title="No shared credentials yet"
        actions={may("connectors:edit") && <NewLink label="Create a credential" />}
      >
        A connector may keep its secret to itself. Where several call the same API, they share a credential,
        and it is replaced in one place.
      </EmptyState>
    </div>
  );
}

function NothingFound() {
  return (
    <div className={styles.list}>
      <EmptyState
        icon={<SearchX size={20} />}
        title="No credential matches"
        actions={
          <Link to="/tools/credentials" className={buttonClass()}>
            Clear the filters
          </Link>
        }
      >
        Search looks at names and at where they may be sent.
      </EmptyState>
    </div>
  );
}
