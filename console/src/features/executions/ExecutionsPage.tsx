import { useNavigate, useSearch } from "@tanstack/react-router";
import { NotAllowed } from "@ui/States";
import { useCallback, useMemo } from "react";
import { useMay } from "@/features/session/queries";
import { ExecutionList } from "./components/ExecutionList";
import styles from "./components/Page.module.css";
import { type ExecutionSearch, executionSearch } from "./search";

/** `/tools/executions`: those of all connectors. */
export default function ExecutionsPage() {
  const given = useSearch({ strict: false }) as Record<string, unknown>;
  const search = useMemo(() => executionSearch(given), [given]);
  const navigate = useNavigate();
  const may = useMay();
  const show = useCallback(
    (next: ExecutionSearch) => navigate({ to: ".", search: next, replace: true } as never),
    [navigate],
  );
  return (
    <div className={styles.page}>
      <header>
        <h1>Executions</h1>
        <p className={styles.intro}>
          Each call of a connector that has ended: what was asked, what came back, and what became of the
          contact.
        </p>
      </header>
      {may("executions:read") ? (
        <ExecutionList search={search} onSearch={show} />
      ) : (
        <NotAllowed>Ask an administrator for the permission to read executions.</NotAllowed>
      )}
    </div>
  );
}
