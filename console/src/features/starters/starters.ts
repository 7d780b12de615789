import type { ConnectorView } from "@/api/schema";

/** What a new connector can begin as: a definition as the server takes it, without secrets. */
export interface Starter {
  id: string;
  icon: string;
  title: string;
  about: string;
}

/** The first ones need no key: they work at once. */
export const STARTERS: readonly Starter[] = [
  { id: "weather", icon: "🌦️", title: "Weather at a place", about: "Works at once, without a key" },
  { id: "holidays", icon: "📅", title: "Public holidays", about: "Works at once, without a key" },
  { id: "slack", icon: "💬", title: "Slack message", about: "Needs a token of a Slack app" },
  { id: "phone", icon: "📞", title: "Phone number enrichment", about: "Needs a token of your provider" },
];

const DEFINITIONS: Record<string, () => Promise<{ default: object }>> = {
  weather: () => import("./weather.json"),
  holidays: () => import("./holidays.json"),
  slack: () => import("./slack.json"),
  phone: () => import("./phone.json"),
};

/** null: there is none of that name. */
export async function starterOf(id: string): Promise<ConnectorView | null> {
  const found = await DEFINITIONS[id]?.();
  return found ? (found.default as ConnectorView) : null;
}
