import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Segments } from "@ui/Segments";
import { Skeleton } from "@ui/States";
import { Refused } from "@/app/Refused";
import styles from "@/features/connectors/page/Page.module.css";
import { Goals } from "@/features/measures/Goals";
import { failureShares } from "@/features/measures/model";
import { metricsQuery } from "@/features/measures/queries";
import { Shares } from "@/features/measures/Shares";
import { Hours, Times, Volume } from "@/features/measures/Usage";

const DAYS = ["7", "30", "90"] as const;
const USUAL = "30";
const DAY_MS = 86_400_000;

/** How one connector does: time and success against the goals, how much is asked of it, and when. */
export function ConnectorMetrics({ id }: { id: string }) {
  const given = useSearch({ strict: false }) as Record<string, unknown>;
  const days = DAYS.find((one) => one === String(given.days)) ?? USUAL;
  const navigate = useNavigate();
  const choose = (next: string) =>
    navigate({ to: ".", search: (was: object) => ({ ...was, days: next }), replace: true } as never);
  const now = Date.now();
  const day = (back: number) => new Date(now - back * DAY_MS).toISOString().slice(0, 10);
  const found = useQuery(metricsQuery({ since: day(Number(days) - 1), until: day(0), connectorId: id }));
  return (
    <div className={styles.section}>
      <Segments
        label="Period"
        options={DAYS.map((each) => ({ id: each, label: `${each} days` }))}
        value={days}
        onChange={choose}
      />
      {found.isPending && <Skeleton height={240} />}
      {found.isError && <Refused error={found.error} onRetry={() => found.refetch()} />}
      {found.data && (
        <>
          <Goals performance={found.data.performance} />
          <div className={styles.charts}>
            <Volume metrics={found.data} />
            <Times metrics={found.data} />
            <Hours usage={found.data.usage} />
            <section aria-label="Failures by kind" className={styles.section}>
              <h3>Failures by kind</h3>
              <Shares
                label="Failures by kind"
                shares={failureShares(found.data.usage)}
                none="Nothing has failed."
                tone="danger"
              />
            </section>
          </div>
        </>
      )}
    </div>
  );
}
