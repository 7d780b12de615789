import { type Span, secondsOf, spanPhrase } from "./spans";
import type { StatusRow, Waiting, WindowRow } from "./values";

/** "60 per minute" as a person thinks of it. */
export function ratePhrase(perMinute: number | null): string {
  if (perMinute === null) return "No limit of ours: calls go out as they come.";
  if (perMinute < 60) return `One call about every ${plain(60 / perMinute)} seconds; others wait in line.`;
  if (perMinute === 60) return "About one call a second; others wait in line.";
  return `About ${plain(perMinute / 60)} calls a second; others wait in line.`;
}

/** How long a call can take at worst, by its own settings. */
export function retryPhrase(
  retries: number | null,
  delayMs: number | null,
  timeoutMs: number | null,
): string {
  if (!retries) return "A call that fails is not repeated.";
  const first = (delayMs ?? 0) / 1000;
  const last = first * 2 ** (retries - 1);
  const tries = retries === 1 ? "once" : `up to ${retries} times`;
  const waits =
    retries === 1 ? `${plain(first)} s` : `${plain(first)} s at first, and up to ${plain(last)} s`;
  const each = timeoutMs ? `; each try is given ${plain(timeoutMs / 1000)} s` : "";
  return `A call that fails in passing is repeated ${tries}, after ${waits}${each}.`;
}

/** "At most 1,000 calls in an hour: one about every 3.6 seconds, or 10 at once after a pause." */
export function windowPhrase({ limit, span, burst }: WindowRow): string {
  const seconds = secondsOf(span);
  if (!limit || !seconds) return "Say how many calls in what time.";
  const every = seconds / limit;
  const pace =
    every > 1
      ? `about one every ${amountOf(every)}`
      : every === 1
        ? "about one a second"
        : `about ${plain(1 / every)} a second`;
  const atOnce = burst && burst > 1 ? `, and ${count(burst)} at once after a pause` : "";
  return `At most ${count(limit)} ${limit === 1 ? "call" : "calls"} in ${spanPhrase(span)}: ${pace}${atOnce}.`;
}

/** 90 → "90 seconds", 7,200 → "2 hours". */
function amountOf(seconds: number): string {
  if (seconds < 120) return `${plain(seconds)} seconds`;
  if (seconds < 7_200) return `${plain(seconds / 60)} minutes`;
  return `${plain(seconds / 3_600)} hours`;
}

const count = (value: number): string => value.toLocaleString("en");

/** What the server does where nobody has said anything: a week in all, a quarter of an hour for an API that is away. */
const USUAL_AGE: Span = { amount: 7, unit: "days" };
const USUAL_WAIT: Span = { amount: 15, unit: "minutes" };

export function waitingPhrase({ maxAge, maxWait }: Waiting): string {
  const age = maxAge.amount === null ? USUAL_AGE : maxAge;
  const wait = maxWait.amount === null ? USUAL_WAIT : maxWait;
  return `An execution that has to wait is kept for ${spanPhrase(age)} at most, and gives up after ${spanPhrase(wait)} of waiting for an API that is away. Its flow is told.`;
}

/** What is set beside the plain limits, in a few words. */
export function limitsPhrase(windows: readonly WindowRow[], weight: number | null, share: string): string {
  const told = [
    ...windows.map(({ limit, span }) => (limit ? `${count(limit)} in ${spanPhrase(span)}` : "")),
    weight && weight > 1 ? `a call costs ${count(weight)}` : "",
    share === "credential" || share === "host" ? `shared by ${share}` : "",
  ];
  return told.filter(Boolean).join(" · ");
}

const MEANINGS: Record<string, string> = {
  success: "success",
  retry: "try again",
  fail: "failure",
  "rate-limited": "too many calls",
  "refresh-and-retry": "renew the token",
};

/** "404: success · 5xx: failure". */
export const statusesPhrase = (rows: readonly StatusRow[]): string =>
  rows.map(({ status, meaning }) => `${status || "…"}: ${MEANINGS[meaning] ?? meaning}`).join(" · ");

const plain = (value: number): string =>
  (value >= 10 ? Math.round(value) : Math.round(value * 10) / 10).toString();
