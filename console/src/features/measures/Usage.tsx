import { Bars } from "@ui/charts/Bars";
import { Lines } from "@ui/charts/Lines";
import type { MetricsView, UsageView } from "@/api/schema";
import { dayBars, dayLabel, days, hourBars, seconds, volumeInWords } from "./model";

/** How many executions each day had, and how they ended. */
export function Volume({ metrics }: { metrics: MetricsView }) {
  const bars = dayBars(metrics.since, metrics.until, metrics.usage.by_day);
  return (
    <Bars
      label="Executions by day"
      along="Day (UTC)"
      bars={bars}
      summary={`By day: ${volumeInWords(bars)}.`}
    />
  );
}

/** How long calls took on the average of each day, against the goal. */
export function Times({ metrics }: { metrics: MetricsView }) {
  const all = days(metrics.since, metrics.until, metrics.usage.by_day);
  const values = all.map((day) => ("average_ms" in day ? day.average_ms : null));
  const measured = values.filter((value) => value !== null);
  const { goal } = metrics.performance.average_goal_ms;
  const over = measured.filter((value) => value >= goal).length;
  const told =
    measured.length === 0 ? "nothing was measured" : `over the goal on ${over} of ${measured.length} days`;
  return (
    <Lines
      label="Average time by day"
      along="Day (UTC)"
      points={all.map(({ day }) => dayLabel(day))}
      series={[{ name: "Average", tone: "accent", values }]}
      goal={{ value: goal, label: `goal ${seconds(goal)}` }}
      format={seconds}
      summary={`Average time by day: ${told}.`}
    />
  );
}

/** When in the day calls are made. */
export function Hours({ usage }: { usage: UsageView }) {
  const bars = hourBars(usage.by_hour);
  return (
    <Bars
      label="Calls by hour of the day"
      along="Hour (UTC)"
      bars={bars}
      summary={`By hour of the day: ${volumeInWords(bars)}.`}
    />
  );
}
