import { History, type LucideIcon, Plug } from "lucide-react";

export interface Entry {
  to: string;
  label: string;
  icon: LucideIcon;
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
      { to: "/tools/executions", label: "Executions", icon: History },
    ],
  },
];
