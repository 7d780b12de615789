import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { buttonClass } from "@ui/Button";
import { Crumbs } from "@ui/Crumbs";
import { Skeleton } from "@ui/States";
import { CredentialForm } from "@/features/auth/CredentialForm";
import { kindsQuery } from "@/features/auth/queries";
import { Only } from "@/features/session/Only";
import styles from "./Credentials.module.css";
import { Failed } from "./Failed";

/** `/tools/credentials/new`. */
export default function NewCredentialPage() {
  return (
    <Only scope="connectors:edit" isPage>
      <Page />
    </Only>
  );
}

function Page() {
  const { data: kinds, error, refetch } = useQuery(kindsQuery);
  const navigate = useNavigate();
  return (
    <div className={`${styles.page} ${styles.narrow}`}>
      <BackLink />
      <h1>New credential</h1>
      {error && <Failed error={error} onRetry={refetch} />}
      {!kinds && !error && <Skeleton height={420} />}
      {kinds && (
        <section className={styles.section} aria-label="The credential">
          <CredentialForm
            kinds={kinds.auth}
            stored={null}
            onSaved={({ id }) => navigate({ to: "/tools/credentials/$id", params: { id }, replace: true })}
            cancel={
              <Link to="/tools/credentials" className={buttonClass("quiet")}>
                Cancel
              </Link>
            }
          />
        </section>
      )}
    </div>
  );
}

export const BackLink = () => (
  <Crumbs>
    <Link to="/tools/credentials">Credentials</Link>
  </Crumbs>
);
