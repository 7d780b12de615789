import type { ConnectorLine } from "@/api/schema";
import { ago } from "@/app/time";
import type { Sort } from "./search";

/** The specification's; a workspace may have made others. */
export const CATEGORIES: readonly { id: string; label: string }[] = [
  { id: "enrichment", label: "Enrichment" },
  { id: "communication", label: "Communication" },
  { id: "crm", label: "CRM" },
  { id: "marketing", label: "Marketing" },
  { id: "custom", label: "Custom" },
];

export function categoryLabel(id: string): string {
  const known = CATEGORIES.find((category) => category.id === id);
  return known?.label ?? id.charAt(0).toUpperCase() + id.slice(1).replaceAll("-", " ");
}

/** Those known, and those of the lines at hand or chosen. */
export function categoryOptions(more: readonly string[]): { id: string; label: string }[] {
  const others = [...new Set(more)].filter((id) => id && !CATEGORIES.some((known) => known.id === id)).sort();
  return [...CATEGORIES, ...others.map((id) => ({ id, label: categoryLabel(id) }))];
}

/** "Used in 3 flows · Last used 2 hours ago". */
export function usage(line: Pick<ConnectorLine, "usage_count" | "last_used_at">, now: Date): string {
  if (!line.last_used_at) return "Never used";
  const used = `Last used ${ago(new Date(line.last_used_at), now)}`;
  if (line.usage_count === 0) return used;
  return `Used in ${line.usage_count} ${line.usage_count === 1 ? "flow" : "flows"} · ${used}`;
}

const byText = new Intl.Collator("en", { sensitivity: "base", numeric: true });
/** What an order looks at. */
type Ordered = Pick<ConnectorLine, "name" | "usage_count" | "last_used_at">;
const usedAt = (line: Ordered) => (line.last_used_at ? Date.parse(line.last_used_at) : 0);

const ORDERS: Record<Exclude<Sort, "newest">, (one: Ordered, other: Ordered) => number> = {
  name: (one, other) => byText.compare(one.name, other.name),
  "last-used": (one, other) => usedAt(other) - usedAt(one),
  "most-used": (one, other) => other.usage_count - one.usage_count,
};

/** `lines` come newest first. */
export function sorted<Line extends Ordered>(lines: readonly Line[], sort: Sort = "newest"): Line[] {
  return sort === "newest" ? [...lines] : [...lines].sort(ORDERS[sort]);
}

/** A name that tells the copy from what it is a copy of: "Clearbit copy", "Clearbit copy 2". */
export function nameOfCopy(name: string): string {
  const [, base, , count] = /^(.*?) copy( (\d+))?$/.exec(name) ?? [];
  return base === undefined ? `${name.slice(0, 190)} copy` : `${base} copy ${Number(count ?? 1) + 1}`;
}
