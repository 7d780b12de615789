import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { buttonClass } from "@ui/Button";
import { Skeleton } from "@ui/States";
import { toast } from "@ui/Toast";
import { useState } from "react";
import type { CredentialView, KindsView } from "@/api/schema";
import { personName } from "@/app/people";
import { ago, exactTime } from "@/app/time";
import { usePageTitle } from "@/app/title";
import { CredentialForm } from "@/features/auth/CredentialForm";
import { credentialQuery, kindsQuery } from "@/features/auth/queries";
import { Standing } from "@/features/auth/Standing";
import { Only } from "@/features/session/Only";
import { useMay } from "@/features/session/queries";
import styles from "./Credentials.module.css";
import { DeleteCredential } from "./DeleteCredential";
import { Failed } from "./Failed";
import { replacePhrase } from "./impact";
import { BackLink } from "./NewCredentialPage";
import { usersQuery } from "./queries";
import { Users } from "./Users";

/** `/tools/credentials/:id`. */
export default function CredentialPage() {
  return (
    <Only scope="connectors:read" isPage>
      <Page />
    </Only>
  );
}

function Page() {
  const { id } = useParams({ strict: false }) as { id: string };
  const stored = useQuery({ ...credentialQuery(id), refetchOnWindowFocus: false });
  const kinds = useQuery(kindsQuery);
  const error = stored.error ?? kinds.error;
  usePageTitle(stored.data?.body.name);
  return (
    <div className={`${styles.page} ${styles.narrow}`}>
      <BackLink />
      {error && (
        <Failed isPage error={error} onRetry={() => (stored.error ? stored.refetch() : kinds.refetch())} />
      )}
      {!error && !(stored.data && kinds.data) && (
        <>
          <Skeleton width={260} height={28} />
          <Skeleton height={64} />
          <Skeleton height={420} />
        </>
      )}
      {!error && stored.data && kinds.data && (
        <Credential
          credential={stored.data.body}
          etag={stored.data.etag}
          kinds={kinds.data}
          onReload={() => stored.refetch()}
        />
      )}
    </div>
  );
}

interface CredentialProps {
  credential: CredentialView;
  etag: string | null;
  kinds: KindsView;
  onReload: () => Promise<unknown>;
}

function Credential({ credential, etag, kinds, onReload }: CredentialProps) {
  const mayEdit = useMay()("connectors:edit");
  const navigate = useNavigate();
  const users = useQuery(usersQuery(credential.id));
  const [version, setVersion] = useState(0);
  const show = () => onReload().then(() => setVersion((was) => was + 1));
  const impact = users.data?.impact;
  return (
    <>
      <header className={styles.head}>
        <div>
          <h1>{credential.name}</h1>
          <p className={styles.quiet}>
            <History credential={credential} />
          </p>
        </div>
        {mayEdit && (
          <DeleteCredential
            credential={credential}
            etag={etag}
            users={users.data}
            onDone={() => navigate({ to: "/tools/credentials" })}
          />
        )}
      </header>
      <section className={styles.section} aria-label="State">
        <Standing credential={credential} mayConnect={mayEdit} />
      </section>
      <section className={styles.section} aria-label="The credential">
        <fieldset className={styles.plain} disabled={!mayEdit}>
          <CredentialForm
            key={version}
            kinds={kinds.auth}
            stored={{ credential, etag }}
            onReload={show}
            onSaved={(saved) => {
              toast({ text: `${saved.name} is saved` });
              show();
            }}
            note={impact && impact.connectors > 0 && <p className={styles.quiet}>{replacePhrase(impact)}</p>}
            mayEdit={mayEdit}
            cancel={
              <Link to="/tools/credentials" className={buttonClass("quiet")}>
                {mayEdit ? "Cancel" : "Back"}
              </Link>
            }
          />
        </fieldset>
      </section>
      <Users query={users} />
    </>
  );
}

function History({ credential }: { credential: CredentialView }) {
  const now = new Date();
  const { created_by, created_at, token } = credential;
  const parts: [string, string][] = [[`Created by ${personName(created_by)} `, created_at]];
  if (credential.entered_at && credential.entered_at !== created_at)
    parts.push(["secret replaced ", credential.entered_at]);
  if (token?.connected_by && token.obtained_at) {
    parts.push([`connected by ${personName(token.connected_by)}, token obtained `, token.obtained_at]);
  }
  return parts.map(([text, at], index) => (
    <span key={text}>
      {index > 0 && " · "}
      {text}
      <time dateTime={at} title={exactTime(new Date(at))}>
        {ago(new Date(at), now)}
      </time>
    </span>
  ));
}
