import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { Skeleton } from "@ui/States";
import { useState } from "react";
import { Refused } from "@/app/Refused";
import { isMasked, withAuthDefaults } from "@/features/auth/fields";
import { kindsQuery } from "@/features/auth/queries";
import { nameOfCopy } from "@/features/connectors/model";
import { connectorQuery } from "@/features/connectors/queries";
import styles from "./Builder.module.css";
import { fromConnector } from "./draft";
import { kept, placeOf, withoutSecrets } from "./keeping";
import { awayOf, openedDraftQuery, openingOf } from "./opening";
import { sentInputsQuery } from "./queries";
import { starterQuery } from "./starting";
import { NEW, type Values } from "./values";
import { Wizard } from "./Wizard";

interface Search {
  from?: string;
  execution?: string;
  draft?: string;
  start?: string;
}

/** `/tools/connectors/new`, also as a copy of another one, and `/tools/connectors/:id/edit`. */
export default function BuilderPage() {
  const { id } = useParams({ strict: false }) as { id?: string };
  const { from, execution, draft, start } = useSearch({ strict: false }) as Search;
  // Once: a draft that begins here shows in the address, and is not opened again.
  const [draftId] = useState(draft);
  const source = id ?? from;
  const kinds = useQuery(kindsQuery);
  const stored = useQuery({
    ...connectorQuery(source ?? ""),
    enabled: source !== undefined,
    refetchOnWindowFocus: false,
  });
  // Its inputs are a help: without them the test begins empty.
  const sent = useQuery({ ...sentInputsQuery(execution ?? ""), enabled: execution !== undefined });
  // Once, as above.
  const [began] = useState(from ? `from.${from}` : start ? `start.${start}` : (draftId ?? ""));
  const starter = useQuery(starterQuery(began));
  // Without drafts one goes on with what is stored, and what the tab has kept.
  const opened = useQuery(openedDraftQuery(id, draftId));
  // What fails when it is read again, as after the end of a session, takes no form away.
  const failed = [stored, kinds, starter].find((one) => one.isLoadingError);
  if (failed) {
    return (
      <div className={styles.page}>
        <Refused isPage error={failed.error as Error} onRetry={() => failed.refetch()} />
      </div>
    );
  }
  const isReady =
    kinds.data && !starter.isPending && (!source || stored.data) && !(execution && sent.isPending);
  if (!isReady || opened.isPending) return <PageSkeleton />;
  const place = placeOf(id ?? null, null, began);
  const first = stored.data ? fromConnector(stored.data.body) : (starter.data ?? NEW);
  const clean = withAuthDefaults(id || !from ? first : copyOf(first), kinds.data.auth);
  return (
    <Wizard
      key={source ?? "new"}
      id={id ?? null}
      clean={clean}
      etag={id ? (stored.data?.etag ?? null) : null}
      kinds={kinds.data}
      inputs={sent.data ?? {}}
      began={began}
      opening={openingOf(opened.data ?? null, kept(place), awayOf(opened.error))}
    />
  );
}

/** Secrets stay with the one that they were entered for. */
function copyOf(values: Values): Values {
  const without = withoutSecrets(values, new Set());
  const unmasked = (text: string) => (isMasked(text) ? "" : text);
  return {
    ...without,
    name: nameOfCopy(values.name),
    query: without.query.map((row) => ({ ...row, secret: "" })),
    headers: without.headers.map((row) => ({ ...row, secret: "" })),
    authFields: Object.fromEntries(
      Object.entries(values.authFields).map(([name, text]) => [name, unmasked(text)]),
    ),
  };
}

function PageSkeleton() {
  return (
    <div className={styles.page} aria-busy="true">
      <Skeleton width={260} height={28} />
      <Skeleton height={44} />
      <Skeleton height={360} />
    </div>
  );
}
