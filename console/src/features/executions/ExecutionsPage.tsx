import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { Only } from "@/features/session/Only";
import { ExecutionList } from "./components/ExecutionList";
import styles from "./components/Page.module.css";
import { type ExecutionSearch, executionSearch } from "./search";

/** `/tools/executions`: those of all connectors. */
export default function ExecutionsPage() {
  const given = useSearch({ strict: false }) as Record<string, unknown>;
  const search = useMemo(() => executionSearch(given), [given]);
  const navigate = useNavigate();
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
      <Only scope="executions:read">
        <ExecutionList search={search} onSearch={show} />
      </Only>
    </div>
  );
}
