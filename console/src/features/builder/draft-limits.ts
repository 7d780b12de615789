import type { Json } from "@json/exact";
import { listOf, numberOf, type Parts, partsOf, said, textOf, without } from "./json-parts";
import { secondsOf, spanOf } from "./spans";
import type { StatusRow, Values, Waiting, WindowRow } from "./values";

const OF_LIMITS = ["maxRequestsPerMinute", "maxConcurrent", "windows", "weight", "share"];
const OF_WAITING = ["maxAgeSeconds", "maxWaitSeconds", "maxParked", "whenFull", "whenUnhealthy"];

/** null: nothing is limited. */
export function rateLimitOf(values: Values): Json {
  const { maxPerMinute, maxConcurrent, windows, weight, share, keptRateLimit } = values;
  const rest = { ...(keptRateLimit as Parts), ...said({ weight, share: share || null }) };
  const isEmpty = maxPerMinute === null && maxConcurrent === null && windows.length === 0;
  if (isEmpty && Object.keys(rest).length === 0) return null;
  return { ...rest, maxRequestsPerMinute: maxPerMinute, maxConcurrent, windows: windows.map(windowOf) };
}

function windowOf({ limit, span, burst, kept }: WindowRow): Parts {
  return { ...(kept as Parts), limit, seconds: secondsOf(span), ...said({ burst }) };
}

export function limitsFrom(config: Parts): Partial<Values> {
  const limit = partsOf(config.rateLimit);
  return {
    maxPerMinute: numberOf(limit.maxRequestsPerMinute),
    maxConcurrent: numberOf(limit.maxConcurrent),
    windows: listOf(limit.windows).map(windowRow),
    weight: numberOf(limit.weight),
    share: textOf(limit.share),
    keptRateLimit: without(limit, OF_LIMITS),
  };
}

const windowRow = (parts: Parts): WindowRow => ({
  limit: numberOf(parts.limit),
  span: spanOf(numberOf(parts.seconds)),
  burst: numberOf(parts.burst),
  kept: without(parts, ["limit", "seconds", "burst"]),
});

/** null: as is usual. */
export function parkingOf({ maxAge, maxWait, maxParked, whenFull, whenUnhealthy, kept }: Waiting): Json {
  const told = {
    ...(kept as Parts),
    ...said({
      maxParked,
      maxAgeSeconds: secondsOf(maxAge),
      maxWaitSeconds: secondsOf(maxWait),
      whenFull: whenFull || null,
      whenUnhealthy: whenUnhealthy || null,
    }),
  };
  return Object.keys(told).length === 0 ? null : told;
}

export function waitingFrom(value: Json | undefined, usual: Waiting): Waiting {
  const parts = partsOf(value);
  const span = (name: string, empty: Waiting["maxAge"]) => {
    const seconds = numberOf(parts[name]);
    return seconds === null ? empty : spanOf(seconds);
  };
  return {
    maxAge: span("maxAgeSeconds", usual.maxAge),
    maxWait: span("maxWaitSeconds", usual.maxWait),
    maxParked: numberOf(parts.maxParked),
    whenFull: textOf(parts.whenFull),
    whenUnhealthy: textOf(parts.whenUnhealthy),
    kept: without(parts, OF_WAITING),
  };
}

export const statusOf = ({ status, meaning, kept }: StatusRow): Parts => ({
  ...(kept as Parts),
  status: status.trim().toLowerCase(),
  meaning,
});

export const statusRow = (parts: Parts): StatusRow => ({
  status: textOf(parts.status),
  meaning: textOf(parts.meaning),
  kept: without(parts, ["status", "meaning"]),
});
