import type { Scope } from "@/api/schema";

export interface Section {
  id: SectionId;
  title: string;
  /** Without it there is nothing to see in it. */
  needs?: Scope;
}
export type SectionId = "you" | "keys" | "network" | "fields" | "workspace";

/** In the order in which they are shown. */
export const SECTIONS: readonly Section[] = [
  { id: "you", title: "You" },
  { id: "keys", title: "API keys", needs: "workspace:admin" },
  { id: "network", title: "Network access", needs: "workspace:admin" },
  { id: "fields", title: "Custom fields", needs: "contacts:read" },
  { id: "workspace", title: "Workspace", needs: "workspace:admin" },
];

export interface SettingsSearch {
  section?: SectionId;
}

export function settingsSearch({ section }: Record<string, unknown>): SettingsSearch {
  const found = SECTIONS.find(({ id }) => id === section);
  return found && found.id !== "you" ? { section: found.id } : {};
}
