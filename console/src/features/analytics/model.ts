import type { AdoptionView, ConnectorCounts, UsageView } from "@/api/schema";
import { categoryLabel } from "@/features/connectors/model";
import { count, type Share, share } from "@/features/measures/model";

export function categoryShares({ categories }: Pick<UsageView, "categories">): Share[] {
  return categories.map(({ category, executions }) => ({
    id: category ?? "",
    label: category === null ? "Connectors that are gone" : categoryLabel(category),
    value: executions,
  }));
}

export interface Fact {
  label: string;
  value: string;
  hint: string;
}

/** How far connectors are used at all. */
export function facts({ connectors, active, inactive, active_ratio, flows }: AdoptionView): Fact[] {
  return [
    { label: "Connectors", value: count(connectors), hint: "in this workspace" },
    { label: "Flows", value: count(flows), hint: "used one in these days" },
    { label: "Active", value: count(active), hint: activeHint(active_ratio) },
    { label: "Inactive", value: count(inactive), hint: "switched off, or not used" },
  ];
}

const activeHint = (ratio: number | null): string =>
  ratio === null ? "enabled, and used in these days" : `${share(ratio)} are enabled and were used`;

export const nameOf = ({ name }: Pick<ConnectorCounts, "name">): string => name ?? "A connector that is gone";
