import { Status } from "@ui/States";
import type { TriedToken } from "@/api/schema";
import { ago, exactTime } from "@/app/time";
import styles from "./Panel.module.css";

const STATES: Record<string, { tone: "success" | "info" | "warning"; word: string }> = {
  ok: { tone: "success", word: "At hand" },
  pending: { tone: "info", word: "Not there yet" },
  failing: { tone: "warning", word: "Not renewed" },
  stale: { tone: "warning", word: "A person has to do something" },
};

/** The call that the credential's token came from: it is no part of the test, and not made again for each call. */
export function TokenCall({ token }: { token: TriedToken }) {
  const { state, endpoint, why } = token;
  const { tone, word } = STATES[state] ?? { tone: "info", word: state };
  const obtained = token.obtainedAt ? new Date(token.obtainedAt) : null;
  const expires = token.expiresAt ? new Date(token.expiresAt) : null;
  return (
    <section className={styles.attempt} aria-label="Access token">
      <div className={styles.captionRow}>
        <h3>Access token</h3>
        <Status tone={tone}>{word}</Status>
      </div>
      <p className={styles.requestLine}>
        <code>
          <strong>POST</strong> {endpoint}
        </code>
      </p>
      <p className={styles.quiet}>
        {obtained && (
          <>
            Obtained{" "}
            <time dateTime={obtained.toISOString()} title={exactTime(obtained)}>
              {ago(obtained, new Date())}
            </time>
            , in a call of its own.{" "}
          </>
        )}
        {expires ? `Good until ${exactTime(expires)}.` : obtained && "It does not expire."} {why ?? ""}
      </p>
    </section>
  );
}
