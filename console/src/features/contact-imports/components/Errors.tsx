import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Button } from "@ui/Button";
import { Pager } from "@ui/Pager";
import { ProblemNote } from "@ui/States";
import { type Column, Table } from "@ui/Table";
import { toast } from "@ui/Toast";
import { Download } from "lucide-react";
import type { ApiError } from "@/api/client";
import type { CheckedImport, RowError } from "@/api/mapper";
import styles from "../Imports.module.css";
import { count } from "../model";
import { errorsQuery, saveErrors } from "../queries";

const COLUMNS: Column<RowError>[] = [
  { id: "row", title: "Row", align: "end", width: "56px", cell: ({ row }) => row.toLocaleString("en") },
  {
    id: "column",
    title: "Column",
    cell: ({ name, column }) => (column === null ? "The whole row" : name || `Column ${column + 1}`),
  },
  { id: "cell", title: "Cell", cell: ({ cell }) => <code className={styles.cell}>{cell}</code> },
  { id: "detail", title: "What to change", cell: ({ detail }) => detail },
];

/** What is wrong, row by row as a spreadsheet numbers them. */
export function Errors({ found }: { found: CheckedImport }) {
  const paged = useInfiniteQuery(errorsQuery(found.id, `${found.status} ${found.changed_at}`));
  const errors = paged.data?.pages.flatMap((page) => page.errors) ?? found.errors;
  const saving = useMutation<void, ApiError>({
    mutationFn: () => saveErrors(found.id),
    onError: ({ title, detail }) => toast({ text: `${title}. ${detail}`, tone: "danger" }),
  });
  const failed = paged.error as ApiError | null;
  return (
    <div className={styles.part}>
      <div className={styles.bar}>
        <h2>Rows to mend</h2>
        <Button
          size="small"
          icon={<Download size={14} aria-hidden="true" />}
          isPending={saving.isPending}
          onPress={() => saving.mutate()}
        >
          Download errors.csv
        </Button>
      </div>
      <Table
        label="Rows to mend"
        columns={COLUMNS}
        rows={errors}
        rowKey={({ row, column }) => `${row} ${column}`}
      />
      {failed && <ProblemNote title={failed.title} detail={failed.detail} traceId={failed.traceId} />}
      <Pager
        shown={count(errors.length, "wrong cell", "wrong cells")}
        hasMore={paged.hasNextPage}
        isLoading={paged.isFetchingNextPage}
        onMore={() => paged.fetchNextPage()}
      />
    </div>
  );
}
