import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { buttonClass } from "@ui/Button";
import { EmptyState, ProblemNote } from "@ui/States";
import { Compass } from "lucide-react";
import { ApiError } from "@/api/client";
import styles from "./Shell.module.css";

export function NotFound() {
  return (
    <div className={styles.fallback}>
      <EmptyState
        isPage
        icon={<Compass size={20} />}
        title="There is no such page"
        actions={
          <Link to="/tools/connectors" className={buttonClass()}>
            To the connectors
          </Link>
        }
      >
        The address may be mistyped, or what it showed is gone.
      </EmptyState>
    </div>
  );
}

export function RouteFailed({ error, reset }: ErrorComponentProps) {
  const told =
    error instanceof ApiError
      ? { title: error.title, detail: error.detail, traceId: error.traceId }
      : { title: "This page cannot be shown", detail: "A newer version may be there: load the page again." };
  return (
    <div className={styles.fallback}>
      <ProblemNote
        {...told}
        onRetry={() => (error instanceof ApiError ? reset() : window.location.reload())}
      />
    </div>
  );
}
