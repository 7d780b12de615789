import { type ExecutionSearch, executionSearch } from "./search";

/** Filters of the list of executions, kept by a name for whoever uses this browser; whose they are is a part of where. */
export interface SavedView {
  name: string;
  search: ExecutionSearch;
}

const KEY = "connectors.execution-views";
export const MOST_VIEWS = 20;
export const MOST_NAME = 60;

/** What stands there may be anything: what is no view is left out. */
export function viewsFrom(text: string | null): readonly SavedView[] {
  try {
    const kept: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(kept) ? kept.flatMap(viewOf).slice(0, MOST_VIEWS) : [];
  } catch {
    return [];
  }
}

function viewOf(kept: unknown): SavedView[] {
  const { name, search } = (kept ?? {}) as { name?: unknown; search?: unknown };
  if (typeof name !== "string" || name.trim() === "" || typeof search !== "object" || search === null)
    return [];
  return [{ name: name.slice(0, MOST_NAME), search: executionSearch(search as Record<string, unknown>) }];
}

/** One of the same name is replaced; the newest is the first. */
export const withView = (views: readonly SavedView[], view: SavedView): readonly SavedView[] =>
  [view, ...views.filter(({ name }) => name !== view.name)].slice(0, MOST_VIEWS);

/** The one that a list shows just now. */
export const shownView = (views: readonly SavedView[], search: ExecutionSearch): SavedView | undefined =>
  views.find((view) => sorted(view.search) === sorted(search));

const sorted = (search: ExecutionSearch) =>
  JSON.stringify(Object.entries(search).sort(([one], [other]) => (one < other ? -1 : 1)));

const place = (owner: string) => `${KEY}.${owner}`;

export function readViews(owner: string): readonly SavedView[] {
  try {
    return viewsFrom(localStorage.getItem(place(owner)));
  } catch {
    return [];
  }
}

/** Whether they are kept: a browser may keep nothing. */
export function keepViews(owner: string, views: readonly SavedView[]): boolean {
  try {
    localStorage.setItem(place(owner), JSON.stringify(views));
    return true;
  } catch {
    return false;
  }
}
