const DAY_MS = 86_400_000;
/** The server measures so many days at most. */
export const MOST_DAYS = 92;
const USUAL_DAYS = 30;
export const SPANS = [7, 30, 90] as const;
export type Span = (typeof SPANS)[number];

/** What is measured, as the address says it; what is usual is left out. `since` and `until`: days of UTC. */
export interface AnalyticsSearch {
  days?: Span;
  since?: string;
  until?: string;
  category?: string;
}

export function analyticsSearch(given: Record<string, unknown>): AnalyticsSearch {
  const { days, since, until, category } = given;
  const named = typeof category === "string" && category !== "" ? { category: category.slice(0, 60) } : {};
  if (isDay(since) && isDay(until) && isMeasurable(since, until)) return { since, until, ...named };
  const span = SPANS.find((one) => one === days);
  return { ...(span && span !== USUAL_DAYS ? { days: span } : {}), ...named };
}

/** A day that there is, as the server reads it. */
export const isDay = (text: unknown): text is string =>
  typeof text === "string" &&
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  textOf(Date.parse(text)) === text &&
  text >= "2000";

export function isMeasurable(since: string, until: string): boolean {
  const days = (Date.parse(until) - Date.parse(since)) / DAY_MS;
  return days >= 0 && days < MOST_DAYS;
}

export interface Days {
  since: string;
  until: string;
}

/** The days that are asked for; today is the last of those that are counted back. */
export function daysOf({ days = USUAL_DAYS, since, until }: AnalyticsSearch, now: Date): Days {
  if (since && until) return { since, until };
  return { since: textOf(now.getTime() - (days - 1) * DAY_MS), until: textOf(now.getTime()) };
}

function textOf(time: number): string {
  return Number.isNaN(time) ? "" : new Date(time).toISOString().slice(0, 10);
}
