import { CircleAlert, Lock } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./Button";
import styles from "./States.module.css";

export type Tone = "success" | "neutral" | "warning" | "danger" | "info" | "waiting";

/** A dot and a word: never a colour alone. */
export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`${styles.status} ${styles[tone]}`}>
      <span className={styles.dot} aria-hidden="true" />
      {children}
    </span>
  );
}

export function Skeleton({ width = "100%", height = 14 }: { width?: string | number; height?: number }) {
  return <span data-skeleton className={styles.skeleton} style={{ width, height }} aria-hidden="true" />;
}

export function EmptyState(props: {
  icon: ReactNode;
  title: string;
  /** It is all that the page says: its title is the page's. */
  isPage?: boolean;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const Heading = props.isPage ? "h1" : "h2";
  return (
    <div className={styles.empty}>
      <span className={styles.emptyIcon} aria-hidden="true">
        {props.icon}
      </span>
      <Heading className={styles.emptyTitle}>{props.title}</Heading>
      {props.children && <p className={styles.emptyText}>{props.children}</p>}
      {props.actions && <div className={styles.emptyActions}>{props.actions}</div>}
    </div>
  );
}

export interface ProblemNoteProps {
  title: string;
  detail?: string;
  traceId?: string | null;
  tone?: "danger" | "warning";
  /** It is all that the page says: its title is the page's. */
  isPage?: boolean;
  onRetry?: () => void;
  children?: ReactNode;
}

/** What went wrong, what to do, and what to tell whoever looks after the system. */
export function ProblemNote({
  title,
  detail,
  traceId,
  tone = "danger",
  isPage = false,
  onRetry,
  children,
}: ProblemNoteProps) {
  const Title = isPage ? "h1" : "strong";
  return (
    <div className={`${styles.problem} ${tone === "warning" ? styles.problemWarning : ""}`} role="alert">
      <CircleAlert size={16} aria-hidden="true" />
      <div className={styles.problemBody}>
        <Title className={styles.problemTitle}>{title}</Title>
        {detail && <p>{detail}</p>}
        {children}
        {traceId && (
          <p className={styles.trace}>
            Trace <code>{traceId}</code>
          </p>
        )}
      </div>
      {onRetry && (
        <Button size="small" onPress={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function NotAllowed({ isPage = false, children }: { isPage?: boolean; children: ReactNode }) {
  return (
    <EmptyState icon={<Lock size={20} />} title="You may not see this" isPage={isPage}>
      {children}
    </EmptyState>
  );
}
