import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Skeleton, Status } from "@ui/States";
import type { UserLine } from "@/api/schema";
import styles from "./Credentials.module.css";
import { Failed } from "./Failed";
import { usedPhrase } from "./impact";
import type { Users as Found } from "./queries";

/** Whose calls it authorizes. */
export function Users({ query }: { query: UseQueryResult<Found> }) {
  const { data, error, refetch } = query;
  return (
    <section className={styles.section} aria-label="Used by">
      <div>
        <h2>Used by</h2>
        {data && <p className={styles.quiet}>{usedPhrase(data.impact)}</p>}
      </div>
      {error && <Failed error={error} onRetry={refetch} />}
      {!data && !error && <Skeleton height={36} />}
      {data && data.connectors.length > 0 && <UserList users={data.connectors} />}
    </section>
  );
}

export function UserList({ users }: { users: readonly UserLine[] }) {
  return (
    <ul className={styles.users}>
      {users.map((user) => (
        <li key={user.id} className={styles.user}>
          {user.deleted ? (
            <span>{user.name}</span>
          ) : (
            <Link
              to="/tools/connectors/$id/edit"
              params={{ id: user.id }}
              search={{ step: "auth" }}
              className={styles.link}
            >
              {user.name}
            </Link>
          )}
          <Status tone={user.deleted || !user.enabled ? "neutral" : "success"}>{word(user)}</Status>
        </li>
      ))}
    </ul>
  );
}

const word = ({ deleted, enabled }: UserLine) => (deleted ? "Deleted" : enabled ? "Active" : "Inactive");
