const KEY = "connectors.actions-used-last";
const KEPT = 4;

/** Ids of the actions that were chosen last here, the latest first. A browser that keeps nothing has none. */
export function recentActions(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string").slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

export function rememberAction(id: string): void {
  try {
    localStorage.setItem(
      KEY,
      JSON.stringify([id, ...recentActions().filter((each) => each !== id)].slice(0, KEPT)),
    );
  } catch {
    // Private windows and full stores keep nothing; the picker works without.
  }
}
