/** What a list of executions shows, as its address says it; what is usual is left out. */
export interface ExecutionSearch {
  connector?: string;
  status?: Status;
  trigger?: string;
  /** How far back: a word of `PERIODS`. */
  within?: string;
  flow?: string;
  run?: string;
  contact?: string;
  error?: string;
  /** What the API answered, as a number in words: "503". */
  http?: string;
  text?: string;
}

export const STATUSES = ["success", "error", "timeout", "skipped"] as const;
export type Status = (typeof STATUSES)[number];

/** Words of the address → seconds. */
export const PERIODS: Readonly<Record<string, number>> = {
  "15m": 900,
  "1h": 3_600,
  "24h": 86_400,
  "7d": 604_800,
  "30d": 2_592_000,
};

const MOST_LETTERS = 200;
const HTTP_STATUS = /^[1-9][0-9]{2}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An address may say anything: what makes no sense is left out, and the rest holds. */
export function executionSearch(given: Record<string, unknown>): ExecutionSearch {
  const search: ExecutionSearch = {};
  const connector = words(given.connector);
  if (connector && UUID.test(connector)) search.connector = connector;
  const status = STATUSES.find((one) => one === given.status);
  if (status) search.status = status;
  const within = words(given.within);
  if (within && Object.hasOwn(PERIODS, within)) search.within = within;
  const http = words(given.http);
  if (http && HTTP_STATUS.test(http)) search.http = http;
  for (const name of ["trigger", "flow", "run", "contact", "error", "text"] as const) {
    const text = words(given[name]);
    if (text) search[name] = text;
  }
  return search;
}

function words(given: unknown): string | undefined {
  const text = typeof given === "number" ? String(given) : given;
  return typeof text === "string" && text !== "" ? text.slice(0, MOST_LETTERS) : undefined;
}

/** As the API wants it; `now` is rounded to the minute by whoever asks. */
export function asked(search: ExecutionSearch, now: number): Record<string, string | undefined> {
  const seconds = search.within ? PERIODS[search.within] : undefined;
  return {
    connector_id: search.connector,
    status: search.status,
    trigger: search.trigger,
    since: seconds ? new Date(now - seconds * 1000).toISOString() : undefined,
    flow_id: search.flow,
    flow_run_id: search.run,
    contact_id: search.contact,
    error_type: search.error,
    http_status: search.http,
    text: search.text,
  };
}

/** Is anything filtered beside what the page itself is about? */
export function isFiltered({ connector: _its, ...rest }: ExecutionSearch): boolean {
  return Object.keys(rest).length > 0;
}
