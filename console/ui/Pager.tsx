import { Button } from "./Button";
import styles from "./Pager.module.css";

export interface PagerProps {
  /** How many are shown, and what they are: "50 executions". */
  shown: string;
  hasMore: boolean;
  isLoading: boolean;
  onMore: () => void;
}

/** How many there are, and more of them. */
export function Pager({ shown, hasMore, isLoading, onMore }: PagerProps) {
  return (
    <div className={styles.pager}>
      <p className={styles.count} role="status">
        {shown}
        {hasMore && " so far"}
      </p>
      {hasMore && (
        <Button size="small" isPending={isLoading} onPress={onMore}>
          Load more
        </Button>
      )}
    </div>
  );
}
