import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Crumbs } from "@ui/Crumbs";
import { Pager } from "@ui/Pager";
import { Skeleton, Status } from "@ui/States";
import { type Column, rowLink, Table } from "@ui/Table";
import type { ContactImport } from "@/api/mapper";
import { Refused } from "@/app/Refused";
import { Time } from "@/app/Time";
import { Only } from "@/features/session/Only";
import { UploadForm } from "./components/UploadForm";
import styles from "./Imports.module.css";
import { count, stateOf } from "./model";
import { importsQuery } from "./queries";

export default function ImportsPage() {
  return (
    <Only scope="contacts:edit" isPage>
      <div className={styles.page}>
        <Crumbs>
          <Link to="/tools/contacts">Contacts</Link>
        </Crumbs>
        <header>
          <h1>Import contacts</h1>
          <p className={styles.intro}>
            From a spreadsheet saved as CSV. Nothing is written until you have seen what would happen and
            start it.
          </p>
        </header>
        <UploadForm />
        <Earlier />
      </div>
    </Only>
  );
}

const COLUMNS: Column<ContactImport>[] = [
  {
    id: "file",
    title: "File",
    cell: ({ id, file_name }) => (
      <Link to="/tools/contacts/import/$id" params={{ id }} className={rowLink}>
        {file_name ?? "A file without a name"}
      </Link>
    ),
  },
  {
    id: "status",
    title: "Status",
    cell: ({ status }) => <Status tone={stateOf(status).tone}>{stateOf(status).word}</Status>,
  },
  { id: "rows", title: "Rows", align: "end", cell: ({ row_count }) => row_count.toLocaleString("en") },
  {
    id: "result",
    title: "Result",
    hideNarrow: true,
    cell: ({ counts, status }) =>
      status === "done" || status === "importing" || status === "cancelled"
        ? `${counts.created.toLocaleString("en")} created, ${counts.updated.toLocaleString("en")} updated${
            counts.refused ? `, ${count(counts.refused, "row", "rows")} refused` : ""
          }`
        : "",
  },
  { id: "at", title: "When", cell: ({ created_at }) => <Time at={created_at} /> },
];

function Earlier() {
  const found = useInfiniteQuery(importsQuery);
  if (found.isPending) return <Skeleton width={280} />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  const imports = found.data.pages.flatMap((page) => page.imports);
  if (imports.length === 0) return null;
  return (
    <section className={styles.part} aria-label="Imports">
      <h2>Imports</h2>
      <Table label="Imports" columns={COLUMNS} rows={imports} rowKey={({ id }) => id} />
      <Pager
        shown={count(imports.length, "import", "imports")}
        hasMore={found.hasNextPage}
        isLoading={found.isFetchingNextPage}
        onMore={() => found.fetchNextPage()}
      />
    </section>
  );
}
