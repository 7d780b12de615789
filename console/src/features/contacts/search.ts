export const MOST_CONDITIONS = 5;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const UUID = /^[0-9a-f-]{36}$/;

/** Days, both included. */
export interface Days {
  from?: string;
  to?: string;
}

/** What the list shows, as its address says it; what is usual is left out. */
export interface ContactSearch {
  q?: string;
  /** `city:Berlin`, `custom_fields.source:webinar`. */
  field?: string[];
  tag?: string[];
  connector?: string;
  created?: Days;
  updated?: Days;
  columns?: string[];
}

export function contactSearch(given: Record<string, unknown>): ContactSearch {
  const { q, field, tag, connector, created, updated, columns } = given;
  const fields = texts(field).filter((each) => each.indexOf(":") > 0);
  return {
    ...(typeof q === "string" && q.trim() ? { q: q.slice(0, 200) } : {}),
    ...(fields.length ? { field: fields.slice(0, MOST_CONDITIONS) } : {}),
    ...(texts(tag).length ? { tag: texts(tag).slice(0, MOST_CONDITIONS) } : {}),
    ...(typeof connector === "string" && UUID.test(connector) ? { connector } : {}),
    ...days("created", created),
    ...days("updated", updated),
    ...(Array.isArray(columns) ? { columns: texts(columns) } : {}),
  };
}

function texts(given: unknown): string[] {
  return Array.isArray(given) ? given.filter((each) => typeof each === "string" && each !== "") : [];
}

function days(name: "created" | "updated", given: unknown): { [name in "created" | "updated"]?: Days } {
  const { from, to } = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  const read: Days = {
    ...(typeof from === "string" && DAY.test(from) ? { from } : {}),
    ...(typeof to === "string" && DAY.test(to) ? { to } : {}),
  };
  return read.from || read.to ? { [name]: read } : {};
}

export const isFiltered = ({ columns: _columns, ...filters }: ContactSearch): boolean =>
  Object.keys(filters).length > 0;
