import type { Source, Timings, Tried } from "@/api/schema";

/** Characters of an answer, or of what is made of it: drawing megabytes would stop the page. */
export const MOST_SHOWN = 64 * 1024;

/** The phases of an attempt, in order, in words; the server tells milliseconds. */
const PHASES: readonly [keyof Timings, string][] = [
  ["queue", "Queue"],
  ["slotWait", "Rate limit"],
  ["token", "Credential"],
  ["connectionWait", "Free connection"],
  ["dns", "DNS"],
  ["connect", "Connect"],
  ["tls", "TLS"],
  ["firstByte", "First byte"],
  ["download", "Download"],
  ["transform", "Transform"],
];

export interface Phase {
  name: string;
  word: string;
  seconds: number;
  /** Of the whole, 0 to 1; what happened is at least wide enough to be seen. */
  share: number;
}

const LEAST_SHARE = 0.006;

export function phasesOf(timings: Timings): Phase[] {
  const took = PHASES.map(([name, word]) => ({ name, word, seconds: Number(timings[name] ?? 0) / 1000 }));
  const happened = took.filter(({ seconds }) => seconds > 0);
  const whole = happened.reduce((sum, { seconds }) => sum + seconds, 0) || 1;
  return happened.map((phase) => ({ ...phase, share: Math.max(LEAST_SHARE, phase.seconds / whole) }));
}

/** What a newer server may tell beside these is shown by its own word. */
const SOURCES: Partial<Record<Source, string>> = {
  context: "flow context",
  workspace: "workspace",
  static: "static",
  input: "input",
  default: "default",
  credential: "credential",
  generated: "generated",
  sender: "sent by us",
};

/** "input phoneNumber, static". */
export function sourcePhrase(sources: readonly Source[], inputs: readonly string[] = []): string {
  return sources
    .map((source) =>
      source === "input" && inputs.length > 0 ? `input ${inputs.join(", ")}` : (SOURCES[source] ?? source),
    )
    .join(" + ");
}

const REASONS: Record<number, string> = {
  400: "The API does not understand the request. Look at the parameters and the body.",
  401: "The API does not know you. Look at the authentication.",
  403: "The API knows you and does not allow this. The key may lack a permission.",
  404: "There is nothing at this URL. Look at its path and its inputs.",
  405: "This URL does not take this method.",
  413: "The request is too large for the API.",
  415: "The API wants another content type. Look at the headers and the body type.",
  422: "The API refuses what was sent. Its answer says which part.",
  429: "The API wants fewer calls. A rate limit in step 5 keeps within it.",
};

/** What a status means to somebody who is no programmer; undefined: nothing is wrong with it. */
export function statusHint(status: number | null | undefined): string | undefined {
  if (!status || status < 400) return undefined;
  return (
    REASONS[status] ??
    (status >= 500 ? "The API has a fault of its own. It may go away by itself." : undefined)
  );
}

/**
 * Whether the API's answer is one to work with: an expression that fails on it, or makes too much of it, is put right with it.
 * What an API says when it refuses a call is none.
 */
export const isUsable = ({ success, error }: Pick<Tried, "success" | "error">): boolean =>
  success || error?.type === "transform_failed" || error?.type === "result_too_large";
