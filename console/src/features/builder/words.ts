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

const plain = (value: number): string =>
  (value >= 10 ? Math.round(value) : Math.round(value * 10) / 10).toString();
