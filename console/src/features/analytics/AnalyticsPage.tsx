import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { EmptyState, Skeleton } from "@ui/States";
import { ChartColumn } from "lucide-react";
import { memo, useDeferredValue } from "react";
import type { MetricsView } from "@/api/schema";
import { Refused } from "@/app/Refused";
import { Goals } from "@/features/measures/Goals";
import { failureShares } from "@/features/measures/model";
import { metricsQuery } from "@/features/measures/queries";
import { Shares } from "@/features/measures/Shares";
import { Hours, Times, Volume } from "@/features/measures/Usage";
import { Only } from "@/features/session/Only";
import { Adoption } from "./Adoption";
import styles from "./Analytics.module.css";
import { Busiest } from "./Busiest";
import { Filters } from "./Filters";
import { categoryShares } from "./model";
import { type AnalyticsSearch, daysOf } from "./search";

export default function AnalyticsPage() {
  const search = useSearch({ from: "/inside/tools/analytics" });
  // A press on a filter is answered by the next picture; the charts follow it.
  const shown = useDeferredValue(search);
  return (
    <div className={styles.page}>
      <header>
        <h1>Analytics</h1>
        <p className={styles.intro}>
          Who uses your connectors, how fast and how reliably they answer, and what they are called for. Tests
          are not counted.
        </p>
      </header>
      <Only scope="connectors:read">
        <Filters search={search} />
        <Measured search={shown} />
      </Only>
    </div>
  );
}

const Measured = memo(function Measured({ search }: { search: AnalyticsSearch }) {
  const found = useQuery(metricsQuery({ ...daysOf(search, new Date()), category: search.category }));
  if (found.isPending) return <Loading />;
  if (found.isError) return <Refused error={found.error} onRetry={() => found.refetch()} />;
  return (
    <div className={styles.sections} aria-busy={found.isPlaceholderData}>
      <Adoption adoption={found.data.adoption} />
      {found.data.usage.executions === 0 ? <Nothing /> : <Results metrics={found.data} />}
    </div>
  );
});

function Results({ metrics }: { metrics: MetricsView }) {
  const { performance, usage } = metrics;
  return (
    <>
      <Goals performance={performance} />
      <div className={styles.panel}>
        <Volume metrics={metrics} />
      </div>
      <div className={styles.two}>
        <div className={styles.panel}>
          <Times metrics={metrics} />
        </div>
        <div className={styles.panel}>
          <Hours usage={usage} />
        </div>
        <section className={styles.panel} aria-labelledby="categories">
          <h2 id="categories">Popular categories</h2>
          <Shares label="Executions by category" shares={categoryShares(usage)} none="Nothing was called." />
        </section>
        <section className={styles.panel} aria-labelledby="failures">
          <h2 id="failures">Why executions failed</h2>
          <Shares
            label="Failures by cause"
            shares={failureShares(usage)}
            tone="danger"
            none="None of them failed."
          />
        </section>
      </div>
      <Busiest connectors={usage.connectors} />
    </>
  );
}

function Loading() {
  return (
    <div className={styles.sections} aria-busy="true">
      <Skeleton height={92} />
      <Skeleton height={128} />
      <Skeleton height={232} />
    </div>
  );
}

function Nothing() {
  return (
    <div className={styles.panel}>
      <EmptyState icon={<ChartColumn size={20} />} title="Nothing was executed in these days">
        As soon as a flow calls a connector, its times and its success are shown here. Choose other days or
        another category to see more.
      </EmptyState>
    </div>
  );
}
