import type { Bar } from "@ui/charts/Bars";
import type { DayView, HourView, PerformanceView, UsageView } from "@/api/schema";
import { duration } from "@/app/time";
import { errorWord } from "@/features/executions/model";

const DAY_MS = 86_400_000;
const whole = new Intl.NumberFormat("en");
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const dayAndMonth = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });

export const count = (value: number): string => whole.format(value);
export const share = (value: number | null): string => (value === null ? "–" : percent.format(value));
export const took = (ms: number | null): string => (ms === null ? "–" : duration(ms / 1000));
/** "3 s": of an axis, where all numbers are round. */
export const seconds = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${+(ms / 1000).toFixed(1)} s`;

/** One number that somebody looks at, and whether it is as good as it has to be; null: nothing was measured. */
export interface Measure {
  id: string;
  label: string;
  value: string;
  goal: string;
  met: boolean | null;
}

/** The goals are the server's. */
export function measures(told: PerformanceView): Measure[] {
  return [
    {
      id: "time",
      label: "Average time",
      value: took(told.average_ms),
      goal: `goal: under ${seconds(told.average_goal_ms.goal)}`,
      met: told.average_goal_ms.met,
    },
    {
      id: "success",
      label: "Succeeded",
      value: share(told.success_rate),
      goal: `goal: over ${share(told.success_goal.goal)}`,
      met: told.success_goal.met,
    },
    {
      id: "errors",
      label: "Failed",
      value: share(told.error_rate),
      goal: `goal: under ${share(told.error_goal.goal)}`,
      met: told.error_goal.met,
    },
  ];
}

/** Of all calls, this share took no longer. */
export function percentiles(told: PerformanceView): { label: string; value: string }[] {
  return [
    { label: "Half take at most", value: took(told.p50_ms) },
    { label: "95 of 100 take at most", value: took(told.p95_ms) },
    { label: "99 of 100 take at most", value: took(told.p99_ms) },
  ];
}

const moment = (day: string) => Date.parse(`${day}T00:00:00Z`);
export const dayLabel = (day: string): string => dayAndMonth.format(moment(day));

/** Each day from the first to the last, also those on which nothing was called. */
export function days(since: string, until: string, found: readonly DayView[]): (DayView | { day: string })[] {
  const known = new Map(found.map((day) => [day.day, day]));
  const all: (DayView | { day: string })[] = [];
  for (let at = moment(since); at <= moment(until); at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    all.push(known.get(day) ?? { day });
  }
  return all;
}

/** How the executions of each day ended. */
export function dayBars(since: string, until: string, found: readonly DayView[]): Bar[] {
  return days(since, until, found).map((day) => {
    const { succeeded, failed, timed_out, skipped } =
      "executions" in day ? day : { succeeded: 0, failed: 0, timed_out: 0, skipped: 0 };
    return {
      id: day.day,
      label: dayLabel(day.day),
      parts: [
        { name: "Succeeded", value: succeeded, tone: "ink" },
        { name: "Failed", value: failed, tone: "danger" },
        { name: "Took too long", value: timed_out, tone: "warning" },
        { name: "Skipped", value: skipped, tone: "neutral" },
      ],
    };
  });
}

export function hourBars(found: readonly HourView[]): Bar[] {
  const known = new Map(found.map(({ hour, executions }) => [hour, executions]));
  return Array.from({ length: 24 }, (_, hour) => ({
    id: String(hour),
    label: `${String(hour).padStart(2, "0")}:00`,
    parts: [{ name: "Calls", value: known.get(hour) ?? 0, tone: "ink" }],
  }));
}

/** "1,204 executions on 12 of 30 days, most on Mar 4: 310". */
export function volumeInWords(bars: readonly Bar[]): string {
  const sums = bars.map(({ label, parts }) => ({
    label,
    sum: parts.reduce((sum, { value }) => sum + value, 0),
  }));
  const total = sums.reduce((sum, each) => sum + each.sum, 0);
  if (total === 0) return "No executions";
  const busy = sums.filter(({ sum }) => sum > 0);
  const most = busy.reduce((one, other) => (other.sum > one.sum ? other : one));
  const told = total === 1 ? "1 execution" : `${count(total)} executions`;
  return `${told} in ${busy.length} of ${bars.length}, most at ${most.label}: ${count(most.sum)}`;
}

export interface Share {
  id: string;
  label: string;
  value: number;
}

/** Each part of the whole, for bars beside each other: the largest is 1. */
export function lengths(shares: readonly Share[]): number[] {
  const most = Math.max(1, ...shares.map(({ value }) => value));
  return shares.map(({ value }) => value / most);
}

/** "http_error" → "Http error". What a machine calls it stands beside. */
export const words = (code: string): string => {
  const text = code.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

export const failureShares = ({ failures }: Pick<UsageView, "failures">): Share[] =>
  failures.map(({ type, failures: value }) => ({ id: type, label: errorWord(type), value }));
