import type { Scope } from "@/api/schema";
import { entriesFor } from "./navigation";

/** Where the palette can lead. */
export interface Place {
  id: string;
  label: string;
  /** What it is, where its name does not say it. */
  hint: string;
  to: string;
  search?: Record<string, string>;
}

interface Inner {
  label: string;
  to: string;
  search?: Record<string, string>;
  needs: Scope;
}

/** What the navigation does not name. */
const INNER: readonly Inner[] = [
  { label: "Create a connector", to: "/tools/connectors/new", needs: "connectors:edit" },
  { label: "API keys", to: "/tools/settings", search: { section: "keys" }, needs: "workspace:admin" },
  {
    label: "Network access",
    to: "/tools/settings",
    search: { section: "network" },
    needs: "workspace:admin",
  },
  { label: "Custom fields", to: "/tools/settings", search: { section: "fields" }, needs: "contacts:read" },
];

function all(scopes: readonly Scope[]): Place[] {
  const entries = entriesFor(scopes).flatMap((group) =>
    group.entries.map(({ to, label }) => ({ id: to, label, hint: group.title, to })),
  );
  const inner = INNER.filter(({ needs }) => scopes.includes(needs)).map(({ needs: _, ...place }) => ({
    id: place.to + place.label,
    hint: place.search ? "Settings" : "Connectors",
    ...place,
  }));
  return [...entries, ...inner];
}

/** Pages whose name has every word that is typed, or whose kind begins with it; those that begin with the text come first. */
export function pagesFor(text: string, scopes: readonly Scope[]): Place[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all(scopes).filter(({ label, hint }) => {
    const [name, kind] = [label.toLowerCase(), hint.toLowerCase()];
    return words.every((word) => name.includes(word) || kind.startsWith(word));
  });
  const begins = ({ label }: Place) => (words[0] && label.toLowerCase().startsWith(words[0]) ? 0 : 1);
  return found.sort((one, other) => begins(one) - begins(other));
}
