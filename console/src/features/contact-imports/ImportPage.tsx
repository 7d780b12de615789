import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Button, buttonClass } from "@ui/Button";
import { Crumbs } from "@ui/Crumbs";
import { Progress } from "@ui/Progress";
import { EmptyState, ProblemNote, Skeleton, Status } from "@ui/States";
import { FileX } from "lucide-react";
import { useEffect } from "react";
import type { ApiError } from "@/api/client";
import type { CheckedImport } from "@/api/mapper";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { bytes } from "@/app/time";
import { usePageTitle } from "@/app/title";
import { Only } from "@/features/session/Only";
import { Errors } from "./components/Errors";
import { Outcome } from "./components/Outcome";
import { PlanForm } from "./components/PlanForm";
import styles from "./Imports.module.css";
import { count, isOpen, isRunning, stateOf } from "./model";
import { cancel, importQuery } from "./queries";

export default function ImportPage() {
  return (
    <Only scope="contacts:edit" isPage>
      <div className={styles.page}>
        <Crumbs>
          <Link to="/tools/contacts">Contacts</Link>
          <Link to="/tools/contacts/import">Import contacts</Link>
        </Crumbs>
        <One />
      </div>
    </Only>
  );
}

function One() {
  const { id } = useParams({ from: "/inside/tools/contacts/import/$id" });
  const { data, error, isPending, refetch } = useQuery(importQuery(id));
  if (isPending) return <Loading />;
  if (!data) {
    if ((error as ApiError).status === 404) return <Gone />;
    return <Refused isPage error={error as ApiError} onRetry={() => refetch()} />;
  }
  return <Shown found={data} />;
}

function Shown({ found }: { found: CheckedImport }) {
  const state = stateOf(found.status);
  useContactsKeepUp(found);
  usePageTitle(found.file_name ?? undefined);
  return (
    <>
      <header className={styles.head}>
        <div>
          <h1 className={styles.name}>{found.file_name ?? "A file without a name"}</h1>
          <p className={styles.intro}>
            {count(found.row_count, "row", "rows")}, {count(found.columns.length, "column", "columns")},{" "}
            {bytes(found.file_bytes)}, uploaded <Time at={found.created_at} />
          </p>
        </div>
        <Status tone={state.tone}>{state.word}</Status>
      </header>
      <Body found={found} />
    </>
  );
}

function Body({ found }: { found: CheckedImport }) {
  if (isRunning(found.status)) return <Running found={found} />;
  if (isOpen(found.status)) {
    return (
      <>
        {found.status === "checked" && <Result found={found} />}
        <PlanForm key={found.id} found={found} />
      </>
    );
  }
  if (found.status === "uploading") return <p className={styles.intro}>The file is still on its way.</p>;
  return (
    <>
      <Result found={found} />
      <div className={styles.actions}>
        <Link to="/tools/contacts" className={buttonClass("primary")}>
          To the contacts
        </Link>
        <Link to="/tools/contacts/import" className={buttonClass()}>
          Import another file
        </Link>
      </div>
    </>
  );
}

function Result({ found }: { found: CheckedImport }) {
  return (
    <section
      className={styles.part}
      aria-label={found.status === "checked" ? "What would happen" : "What happened"}
    >
      <Outcome found={found} />
      {found.errors.length > 0 && <Errors found={found} />}
    </section>
  );
}

function Running({ found }: { found: CheckedImport }) {
  const client = useQueryClient();
  const isCheck = found.status === "checking";
  const stopping = useMutation<unknown, ApiError>({
    mutationFn: () => cancel(found.id),
    onSettled: () => client.invalidateQueries({ queryKey: ["contact-import", found.id] }),
  });
  return (
    <section className={styles.running} aria-label="Progress">
      <Progress
        label={isCheck ? "Looking at what would happen" : "Importing"}
        done={found.rows_done}
        all={found.row_count}
        told={`${found.rows_done.toLocaleString("en")} of ${count(found.row_count, "row", "rows")}`}
      />
      <p className={styles.hint}>
        {isCheck
          ? "Nothing is written meanwhile."
          : "It goes on when you leave this page, and where it was when a server is restarted. What is written stays when you cancel."}
      </p>
      <Outcome found={found} />
      {stopping.error && (
        <ProblemNote
          title={stopping.error.title}
          detail={stopping.error.detail}
          traceId={stopping.error.traceId}
        />
      )}
      <div>
        <Button isPending={stopping.isPending} onPress={() => stopping.mutate()}>
          {isCheck ? "Stop looking" : "Cancel the import"}
        </Button>
      </div>
    </section>
  );
}

function Loading() {
  return (
    <section aria-busy="true" aria-label="Import, loading" className={styles.part}>
      <Skeleton width={300} height={28} />
      <Skeleton height={220} />
    </section>
  );
}

/** What an import has written is seen in the lists. */
function useContactsKeepUp({ status }: CheckedImport) {
  const client = useQueryClient();
  useEffect(() => {
    if (status !== "done" && status !== "cancelled") return;
    client.invalidateQueries({ queryKey: ["contacts"] });
    client.invalidateQueries({ queryKey: ["contact-imports"] });
    client.invalidateQueries({ queryKey: ["contact-fields"] });
  }, [status, client]);
}

function Gone() {
  return (
    <div className={styles.panel}>
      <EmptyState isPage icon={<FileX size={20} />} title="There is no such import">
        One that is not started is forgotten after a day, one that has ended after thirty.
      </EmptyState>
    </div>
  );
}
