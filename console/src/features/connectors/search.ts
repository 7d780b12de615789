export const SORTS = ["newest", "name", "last-used", "most-used"] as const;
export type Sort = (typeof SORTS)[number];
export type StatusFilter = "active" | "inactive";

/** What the dashboard shows, as its address says it; what is usual is left out. */
export interface DashboardSearch {
  q?: string;
  category?: string;
  status?: StatusFilter;
  sort?: Sort;
}

export function dashboardSearch(given: Record<string, unknown>): DashboardSearch {
  const { q, category, status, sort } = given;
  return {
    ...(typeof q === "string" && q !== "" ? { q } : {}),
    ...(typeof category === "string" && category !== "" ? { category } : {}),
    ...(status === "active" || status === "inactive" ? { status } : {}),
    ...(SORTS.some((one) => one === sort) && sort !== "newest" ? { sort: sort as Sort } : {}),
  };
}

export const isFiltered = ({ q, category, status }: DashboardSearch): boolean =>
  Boolean(q || category || status);
