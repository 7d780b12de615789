import {
  ChartColumn,
  History,
  KeyRound,
  type LucideIcon,
  Plug,
  ScrollText,
  Settings,
  Workflow,
} from "lucide-react";
import type { Scope } from "@/api/schema";
import { CONTACTS } from "./data-entries";

export interface Entry {
  to: string;
  label: string;
  icon: LucideIcon;
  /** Without it there is nothing to see there. */
  needs?: Scope;
}

export interface Group {
  title: string;
  entries: readonly Entry[];
}

/** What the sidebar leads to, in its order. */
export const NAVIGATION: readonly Group[] = [
  {
    title: "Tools",
    entries: [
      { to: "/tools/connectors", label: "Connectors", icon: Plug },
      { to: "/tools/flows", label: "Flows", icon: Workflow },
      { to: "/tools/executions", label: "Executions", icon: History },
      { to: "/tools/credentials", label: "Credentials", icon: KeyRound },
      { to: "/tools/analytics", label: "Analytics", icon: ChartColumn },
    ],
  },
  { title: "Data", entries: [CONTACTS] },
  {
    title: "Workspace",
    entries: [
      { to: "/tools/audit", label: "Audit", icon: ScrollText, needs: "workspace:admin" },
      { to: "/tools/settings", label: "Settings", icon: Settings },
    ],
  },
];

/** Those that somebody with these scopes has something to see at. */
export function entriesFor(scopes: readonly Scope[] | undefined): Group[] {
  const seen = ({ needs }: Entry) => needs === undefined || scopes?.includes(needs);
  return NAVIGATION.map((group) => ({ ...group, entries: group.entries.filter(seen) })).filter(
    (group) => group.entries.length > 0,
  );
}

/** The one that leads to a path, or to what is above it. */
export function entryOf(path: string): Entry | undefined {
  return NAVIGATION.flatMap((group) => group.entries).find(
    ({ to }) => path === to || path.startsWith(`${to}/`),
  );
}
