/** Two services keep a trail each: that of connectors and what belongs to them, and that of contacts. */
export type Source = "connectors" | "contacts";

/** Which entries are shown, as the address says it; what is usual is left out. `days`: so many back from now, else
 * from the day `since` to the day `until`. */
export interface AuditSearch {
  source?: "contacts";
  actor?: string;
  key?: string;
  action?: string;
  kind?: string;
  id?: string;
  days?: number;
  since?: string;
  until?: string;
  /** The one that is looked at. */
  entry?: string;
}

const TEXTS = ["actor", "key", "action", "kind", "id", "since", "until", "entry"] as const;
const MOST_CHARACTERS = 200;
const DAY_MS = 86_400_000;

export const SPANS = [1, 7, 30];

export function auditSearch(given: Record<string, unknown>): AuditSearch {
  const found: AuditSearch = given.source === "contacts" ? { source: "contacts" } : {};
  const days = SPANS.find((one) => one === given.days);
  if (days) found.days = days;
  for (const name of TEXTS) {
    const value = given[name];
    if ((typeof value === "string" || typeof value === "number") && value !== "") {
      found[name] = String(value).slice(0, MOST_CHARACTERS);
    }
  }
  return found;
}

export type Filters = Omit<AuditSearch, "source" | "entry">;

export function isFiltered({ source: _source, entry: _entry, ...filters }: AuditSearch): boolean {
  return Object.keys(filters).length > 0;
}

/** What the server is asked: days of whoever looks become moments; the last day is one of those that are shown. */
export function asked({ days, since, until, ...others }: Filters, now: Date): Record<string, string> {
  if (days) return { ...others, since: new Date(now.getTime() - days * DAY_MS).toISOString() };
  return { ...others, ...moment("since", since, 0), ...moment("until", until, 1) };
}

function moment(name: string, day: string | undefined, daysLater: number): Record<string, string> {
  const at = day && /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00:00`) : null;
  if (!at || Number.isNaN(at.getTime())) return {};
  at.setDate(at.getDate() + daysLater);
  return { [name]: at.toISOString() };
}
