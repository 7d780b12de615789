import { fieldLabel } from "@/features/contact-fields/fields";
import { type ContactSearch, contactSearch, type Days } from "./search";

export const DEFAULT_COLUMNS: readonly string[] = ["email", "phone", "company", "tags"];

/** As the API is asked. */
export function listQuery(search: ContactSearch): Record<string, string | readonly string[] | undefined> {
  return {
    q: search.q,
    field: search.field ?? [],
    tag: search.tag ?? [],
    connector_id: search.connector,
    created_since: startOf(search.created?.from),
    created_until: startOf(search.created?.to, 1),
    updated_since: startOf(search.updated?.from),
    updated_until: startOf(search.updated?.to, 1),
  };
}

/** The first moment of a day where whoever looks is; `later`: of so many days after it. */
function startOf(day: string | undefined, later = 0): string | undefined {
  if (!day) return undefined;
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const moment = new Date(year, month - 1, date + later);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}

export interface FilterChip {
  id: string;
  label: string;
  value: string;
  /** The search without it. */
  without: ContactSearch;
}

/** One for each filter that is no text. */
export function chipsOf(
  search: ContactSearch,
  labels: ReadonlyMap<string, string>,
  connectorName: (id: string) => string,
): FilterChip[] {
  const chips: FilterChip[] = [];
  for (const each of search.field ?? []) {
    const [id, value] = fieldAndValue(each, labels);
    const field = (search.field ?? []).filter((one) => one !== each);
    chips.push({
      id: each,
      label: fieldLabel(id, labels),
      value,
      without: contactSearch({ ...search, field }),
    });
  }
  for (const value of search.tag ?? []) {
    const tag = (search.tag ?? []).filter((one) => one !== value);
    chips.push({ id: `tag:${value}`, label: "Tag", value, without: contactSearch({ ...search, tag }) });
  }
  if (search.connector) {
    const { connector, ...without } = search;
    chips.push({ id: "connector", label: "Last written by", value: connectorName(connector ?? ""), without });
  }
  for (const [name, label] of [
    ["created", "Created"],
    ["updated", "Changed"],
  ] as const) {
    const { [name]: span, ...without } = search;
    if (span) chips.push({ id: name, label, value: daysText(span), without });
  }
  return chips;
}

/** A custom field's name may have a colon too: the longest that there is was meant, as the server has it. */
export function fieldAndValue(each: string, labels: ReadonlyMap<string, string>): [string, string] {
  const known = [...labels.keys()]
    .map((name) => `custom_fields.${name}`)
    .filter((id) => each.startsWith(`${id}:`));
  const [longest] = known.sort((one, other) => other.length - one.length);
  const end = longest?.length ?? each.indexOf(":");
  return [each.slice(0, end), each.slice(end + 1)];
}

export function daysText({ from, to }: Days): string {
  if (from && to) return from === to ? from : `${from} to ${to}`;
  return from ? `since ${from}` : `until ${to}`;
}
